/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures executors that do nothing:
 *
 *     bench-executor ROUNDS PATH...
 *
 * For each executor: the time from starting the program to its Setup message,
 * with which it says that it is ready; its memory then; and the time from
 * closing the connection to its end. The executors take turns.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/record.h"

enum { HEADER = 32 };

struct child {
  pid_t id;
  int in, out; /* this process' descriptors */
};

static void stop(const char *path, const char *what) {
  fprintf(stderr, "%s %s\n", path, what);
  exit(1);
}

static void execute(const char *path, const int there[2], const int back[2]) {
  char filedescs[64];
  close(there[1]);
  close(back[0]);
  snprintf(filedescs, sizeof filedescs, "filedescs=%d,%d", there[0], back[1]);
  execl(path, path, filedescs, (char *)NULL);
  _exit(127);
}

static struct child start(const char *path) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0)
    stop(path, "gets no pipes");
  struct child child = {.id = fork(), .in = back[0], .out = there[1]};
  if (child.id == 0)
    execute(path, there, back);
  close(there[0]);
  close(back[1]);
  return child;
}

static void read_all(const char *path, int in, char *bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t got = read(in, bytes + done, size - done);
    if (got <= 0)
      stop(path, "does not say Setup");
    done += (size_t)got;
  }
}

/* A message begins with its size, a little-endian number. */
static void read_setup(const char *path, int in) {
  char bytes[1 << 16];
  uint64_t size;
  read_all(path, in, bytes, HEADER);
  memcpy(&size, bytes, sizeof size);
  if (size < HEADER || size > sizeof bytes)
    stop(path, "says something else than Setup");
  read_all(path, in, bytes, size - HEADER);
}

/* The sum of the lines that begin with name, in KiB. */
static double read_memory(pid_t id, const char *name) {
  char path[64], line[256];
  double sum = 0;
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)id);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0)
      sum += atof(strchr(line, ':') + 1);
  if (file)
    fclose(file);
  return sum;
}

static void measure(const char *path) {
  char column[32];
  name_executor(column, sizeof column, path);
  double before = now();
  struct child child = start(path);
  read_setup(path, child.in);
  record_sample("executor-time", "start", column, (now() - before) / 1e3);
  record_sample("executor-memory", "resident", column,
                read_memory(child.id, "Rss:"));
  record_sample("executor-memory", "of its own", column,
                read_memory(child.id, "Private_"));
  before = now();
  close(child.out);
  waitpid(child.id, NULL, 0);
  record_sample("executor-time", "end", column, (now() - before) / 1e3);
  close(child.in);
  fflush(stdout);
}

int main(int argc, char **argv) {
  int rounds = argc > 2 ? atoi(argv[1]) : 0;
  if (rounds < 1) {
    fprintf(stderr, "usage: bench-executor ROUNDS PATH...\n");
    return 2;
  }
  for (int round = 0; round < rounds; round++)
    for (int i = 2; i < argc; i++)
      measure(argv[i]);
  return 0;
}
