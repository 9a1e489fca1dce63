/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A short workload for SQLite: makes a table, inserts a thousand rows with a
   prepared statement, makes an index, and runs a few queries. About a third of
   SQLite's functions run. */
#include <stdio.h>
#include <stdlib.h>

#include "sqlite3.h"

static sqlite3 *database;

static void check(int result) {
  if (result == SQLITE_OK || result == SQLITE_DONE)
    return;
  fprintf(stderr, "%s\n", sqlite3_errmsg(database));
  exit(1);
}

static void run(const char *statement) {
  check(sqlite3_exec(database, statement, NULL, NULL, NULL));
}

static void insert(void) {
  sqlite3_stmt *statement;
  char name[32];
  run("BEGIN");
  check(sqlite3_prepare_v2(database, "INSERT INTO item VALUES (?, ?, ?)", -1,
                           &statement, NULL));
  for (int i = 0; i < 1000; i++) {
    snprintf(name, sizeof name, "item %d", i * 7919 % 1000);
    sqlite3_bind_int(statement, 1, i);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(statement, 3, i * 0.25);
    check(sqlite3_step(statement));
    check(sqlite3_reset(statement));
  }
  check(sqlite3_finalize(statement));
  run("COMMIT");
}

static int print_row(void *data, int count, char **values, char **names) {
  (void)data, (void)names;
  for (int i = 0; i < count; i++)
    printf("%s%c", values[i] ? values[i] : "NULL", i + 1 < count ? '|' : '\n');
  return 0;
}

static void query(const char *statement) {
  check(sqlite3_exec(database, statement, print_row, NULL, NULL));
}

int main(void) {
  check(sqlite3_open(":memory:", &database));
  run("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL)");
  insert();
  run("CREATE INDEX by_name ON item (name)");
  query("SELECT count(*), sum(price), max(name) FROM item");
  query("SELECT id, price FROM item WHERE name = 'item 500'");
  query("SELECT id % 10 AS digit, avg(price) FROM item WHERE name LIKE '%9%' "
        "GROUP BY digit ORDER BY 2 DESC LIMIT 3");
  check(sqlite3_close(database));
  return 0;
}
