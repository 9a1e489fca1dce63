/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The benchmarks' reports of records and of JSON. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/report.h"

static char path[64];

static void write_file(const char *text) {
  strcpy(path, "/tmp/lzr-bench-XXXXXX");
  int descriptor = mkstemp(path);
  cr_assert_geq(descriptor, 0);
  cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
  close(descriptor);
}

/* The file is called "FILE" in expected. */
static void expect_refused(lzr_error *error, struct results *results,
                           const char *expected) {
  char message[256];
  cr_assert_not_null(error);
  const char *said = lzr_error_message(error);
  const char *rest = strstr(said, path);
  cr_assert_not_null(rest, "%s does not name the file", said);
  snprintf(message, sizeof message, "FILE%s", rest + strlen(path));
  cr_expect_str_eq(message, expected);
  lzr_error_destroy(error);
  results_fini(results);
  unlink(path);
}

static void expect_records_refused(const char *text, const char *expected) {
  struct results results;
  write_file(text);
  expect_refused(results_read_records(path, &results), &results, expected);
}

static void expect_json_refused(const char *text, const char *expected) {
  struct results results;
  write_file(text);
  expect_refused(results_read_json(path, &results), &results, expected);
}

static void read_records(const char *text, struct results *results) {
  write_file(text);
  lzr_error *error = results_read_records(path, results);
  cr_assert_null(error, "%s", lzr_error_message(error));
  unlink(path);
}

static const char good[] = "fact\tmachine\ta name\n"
                           "table\tcalls\tns\tlazyrun\tCalls\n"
                           "sample\tcalls\tone\tlazyrun\t3\t1\n"
                           "sample\tcalls\tone\tnative\t5e-1\n"
                           "sample\tcalls\tone\tlazyrun\t2\n"
                           "missing\tcalls\tone\torc\tit is not here\n";

Test(bench_results, gathers_the_samples_of_a_cell_in_order) {
  struct results results;
  read_records(good, &results);

  const struct table *table = results_table(&results, "calls");
  cr_assert_not_null(table);
  const struct cell *cell = table_cell(table, "one", "lazyrun");
  cr_assert_not_null(cell);
  cr_assert_eq(cell->count, 3);
  for (int i = 0; i < 3; i++)
    cr_expect_eq(cell->samples[i], i + 1);
  cr_expect_eq(table_cell(table, "one", "native")->samples[0], 0.5);
  cr_expect_null(table_cell(table, "two", "lazyrun"));
  results_fini(&results);
}

Test(bench_results, keeps_why_something_is_missing) {
  struct results results;
  read_records(good, &results);

  const struct cell *cell =
      table_cell(results_table(&results, "calls"), "one", "orc");
  cr_expect_str_eq(cell->missing, "it is not here");
  cr_expect_eq(cell->count, 0);
  results_fini(&results);
}

/* A program that failed in the third round has no figure. */
Test(bench_results, has_no_figure_for_what_failed_once) {
  struct results results;
  read_records("table\tcalls\tns\tlazyrun\tCalls\n"
               "sample\tcalls\tone\torc\t3\n"
               "missing\tcalls\tone\torc\tit crashed\n"
               "sample\tcalls\tone\torc\t3\n",
               &results);

  cr_expect_str_eq(table_cell(&results.tables[0], "one", "orc")->missing,
                   "it crashed");
  cr_expect_eq(table_cell(&results.tables[0], "one", "orc")->count, 0);
  results_fini(&results);
}

Test(bench_results, are_the_same_after_writing_and_reading_json) {
  struct results before, after;
  read_records(good, &before);
  write_file("");
  cr_assert_null(results_write_json(&before, path));
  lzr_error *error = results_read_json(path, &after);

  cr_assert_null(error, "%s", lzr_error_message(error));
  cr_assert_eq(after.table_count, 1);
  const struct table *table = &after.tables[0];
  cr_expect_str_eq(table->name, "calls");
  cr_expect_str_eq(table->unit, "ns");
  cr_expect_str_eq(table->base, "lazyrun");
  cr_expect_str_eq(table->title, "Calls");
  cr_assert_eq(table->cell_count, 3);
  cr_expect_eq(table_cell(table, "one", "lazyrun")->samples[2], 3);
  cr_expect_str_eq(table_cell(table, "one", "orc")->missing, "it is not here");
  cr_expect_str_eq(json_string_value(json_object_get(after.facts, "machine")),
                   "a name");
  results_fini(&before);
  results_fini(&after);
  unlink(path);
}

Test(bench_results, refuses_records_by_file_and_line) {
  expect_records_refused("sample\tcalls\tone\tours\t1\n",
                         "FILE:1: the table has not been declared");
  expect_records_refused("fact\tone\ttwo\nsome text\n",
                         "FILE:2: it begins with none of fact, table, sample, "
                         "missing");
  expect_records_refused("\n", "FILE:1: it begins with none of fact, table, "
                               "sample, missing");
  expect_records_refused("table\tcalls\tns\n",
                         "FILE:1: a table has a name, a unit, a base and a "
                         "title");
  expect_records_refused("table\tcalls\tns\tlazyrun\tCalls\n"
                         "sample\tcalls\tone\tours\t1\t2x\n",
                         "FILE:2: a sample is a number");
  expect_records_refused("table\tcalls\tns\tlazyrun\tCalls\n"
                         "sample\tcalls\tone\tours\tnan\n",
                         "FILE:2: a sample is a number");
  expect_records_refused("table\tcalls\tns\tlazyrun\tCalls\n"
                         "sample\tcalls\tone\tours\t\n",
                         "FILE:2: there is no sample");
  expect_records_refused("table\t../calls\tns\tlazyrun\tCalls\n",
                         "FILE: ../calls: a table's name is of a-z, 0-9 and -");
}

Test(bench_results, refuses_json_that_is_malformed) {
  expect_json_refused("", "FILE:1: '[' or '{' expected near end of file");
  expect_json_refused("{\n\"format\": \n", "FILE:3: unexpected token near end "
                                           "of file");
  expect_json_refused("{\"a\": 1, \"a\": 2}",
                      "FILE:1: duplicate object key near '\"a\"'");
  expect_json_refused("{\"a\": \"\xff\"}",
                      "FILE:1: unable to decode byte 0xff near '\"'");
}

#define HEAD "{\"format\": \"lazyrun benchmarks 1\", \"facts\": {}, "
#define TABLE                                                                  \
  "\"tables\": [{\"name\": \"t\", \"unit\": \"ns\", \"base\": \"b\", "         \
  "\"title\": \"T\", \"cells\": "

Test(bench_results, refuses_json_that_is_something_else) {
  expect_json_refused("[]", "FILE: not results of benchmarks: Expected object, "
                            "got array");
  expect_json_refused("{\"format\": \"x\", \"facts\": {}, \"tables\": []}",
                      "FILE: the format is not known: x");
  expect_json_refused(HEAD "\"tables\": {}}",
                      "FILE: not results of benchmarks: facts is an object and "
                      "tables an array");
  expect_json_refused(HEAD "\"tables\": [3]}",
                      "FILE: a table: Expected object, got integer");
  expect_json_refused(HEAD TABLE "3}]}", "FILE: t: cells is not an array");
  expect_json_refused(HEAD TABLE "[{\"row\": 3}]}]}",
                      "FILE: table t: a cell: Expected string, got integer");
  expect_json_refused(HEAD TABLE "[{\"row\": \"r\", \"column\": \"c\"}]}]}",
                      "FILE: table t: r: a cell has samples, or says why not");
  expect_json_refused(HEAD TABLE "[{\"row\": \"r\", \"column\": \"c\", "
                                 "\"samples\": []}]}]}",
                      "FILE: table t: r: a cell has samples, or says why not");
  expect_json_refused(HEAD TABLE "[{\"row\": \"r\", \"column\": \"c\", "
                                 "\"samples\": [1, \"2\"]}]}]}",
                      "FILE: table t: r: a sample is a number");
}

Test(bench_results, refuses_more_than_1000_samples_of_a_cell) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  fputs("table\tcalls\tns\tlazyrun\tCalls\nsample\tcalls\tone\tours", out);
  for (int i = 0; i < MAX_SAMPLES + 1; i++)
    fprintf(out, "\t%d", i);
  fclose(out);

  expect_records_refused(text, "FILE: table calls: one: a cell has more than "
                               "1000 samples");
  free(text);
}

Test(bench_results, names_a_file_that_is_not_there) {
  struct results results;
  strcpy(path, "/nowhere/at/all");

  expect_refused(results_read_json(path, &results), &results,
                 "FILE: No such file or directory");
  expect_refused(results_read_records(path, &results), &results,
                 "FILE: No such file or directory");
}

/* Comparing. */

/* Five samples a cell, around so many percent of 100. */
static void make_run(struct results *results, int ours, int peer) {
  char text[1024], *end = text;
  end += sprintf(end, "table\tcalls\tns\tlazyrun\tCalls\n");
  for (int i = -2; i <= 2; i++)
    end += sprintf(end,
                   "sample\tcalls\tone\tlazyrun\t%d.%d\n"
                   "sample\tcalls\tone\tnative\t%d.%d\n",
                   ours, i + 2, peer, i + 2);
  read_records(text, results);
}

/* Returns how many figures got worse; what was printed is in said. */
static int compare(struct results *before, struct results *after,
                   double threshold, char said[4096]) {
  FILE *out = fmemopen(said, 4096, "w");
  const struct comparison comparison = {.threshold = threshold};
  int worse = print_comparison(out, before, after, &comparison);
  fclose(out);
  results_fini(before);
  results_fini(after);
  return worse;
}

static void expect_verdict(int ours, int peer, int worse, const char *part) {
  struct results before, after;
  char said[4096];
  make_run(&before, 100, 100);
  make_run(&after, ours, peer);

  cr_expect_eq(compare(&before, &after, 0.03, said), worse);
  cr_expect(strstr(said, part), "'%s' is not in '%s'", part, said);
}

Test(bench_compare, sees_what_got_worse_and_better) {
  expect_verdict(110, 100, 1, "peers +0.0 %: WORSE");
  expect_verdict(90, 100, 0, "peers +0.0 %: better");
}

Test(bench_compare, does_not_count_what_stayed_the_same) {
  expect_verdict(100, 100, 0, "0 worse, 0 better, 1 the same");
}

Test(bench_compare, does_not_count_changes_below_the_threshold) {
  expect_verdict(102, 100, 0, "0 worse, 0 better, 1 the same");
}

/* The machine was slower. */
Test(bench_compare, does_not_count_what_happened_to_peers_as_well) {
  expect_verdict(120, 120, 0, "0 worse, 0 better, 1 the same");
  expect_verdict(120, 110, 1, "1 worse, 0 better");
  /* A slower peer neither excuses nor causes a change. */
  expect_verdict(100, 120, 0, "0 worse, 0 better, 1 the same");
}

Test(bench_compare, says_what_only_one_run_has) {
  struct results before, after;
  char said[4096];
  make_run(&before, 100, 100);
  read_records("table\tcalls\tns\tlazyrun\tCalls\n"
               "sample\tcalls\ttwo\tlazyrun\t1\n"
               "missing\tcalls\tone\tlazyrun\tit crashes\n",
               &after);

  cr_expect_eq(compare(&before, &after, 0.03, said), 0);
  cr_expect(strstr(said, "calls | two | lazyrun: only in the new run"));
  cr_expect(strstr(said, "calls | one | lazyrun: it crashes"));
  cr_expect(strstr(said, "calls | one | native: only in the old run"));
  cr_expect(strstr(said, "0 worse, 0 better, 0 the same, 2 unknown"));
}
