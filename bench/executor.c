/*
 * What an executor costs that does nothing:
 *
 *     bench-executor PATH...
 *
 * From starting the program to the Setup message by which it says that it is
 * ready, its memory then, and from closing the connection to its end. The
 * executors take turns.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/samples.h"

enum { ROUNDS = 21, MAX_EXECUTORS = 4, HEADER = 32 };

static struct executor {
  const char *path;
  double start[ROUNDS], end[ROUNDS]; /* microseconds */
  double resident, own;              /* KiB, in the last round */
} executors[MAX_EXECUTORS];

struct child {
  pid_t id;
  int in, out; /* of this process */
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

/* The message begins with its size, a little-endian number. */
static void read_setup(const char *path, int in) {
  char bytes[1 << 16];
  uint64_t size;
  read_all(path, in, bytes, HEADER);
  memcpy(&size, bytes, sizeof size);
  if (size < HEADER || size > sizeof bytes)
    stop(path, "says something else than Setup");
  read_all(path, in, bytes, size - HEADER);
}

/* The sum of the lines of that name, in KiB. */
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

static void measure(struct executor *executor, int round) {
  double before = now();
  struct child child = start(executor->path);
  read_setup(executor->path, child.in);
  executor->start[round] = now() - before;
  executor->resident = read_memory(child.id, "Rss:");
  executor->own = read_memory(child.id, "Private_");
  before = now();
  close(child.out);
  waitpid(child.id, NULL, 0);
  executor->end[round] = now() - before;
  close(child.in);
}

static void report(struct executor *executor) {
  const char *slash = strrchr(executor->path, '/');
  double start = quantile(executor->start, ROUNDS, 0.5) / 1e3;
  double end = quantile(executor->end, ROUNDS, 0.5) / 1e3;
  printf(
      "  %-26s start %6.2f ms  (%.2f-%.2f)  end %5.2f ms  resident %5.0f KiB,"
      " %4.0f of its own\n",
      slash ? slash + 1 : executor->path, start, executor->start[0] / 1e3,
      executor->start[ROUNDS - 1] / 1e3, end, executor->resident,
      executor->own);
}

int main(int argc, char **argv) {
  int count = argc - 1;
  if (count < 1 || count > MAX_EXECUTORS) {
    fprintf(stderr, "usage: bench-executor PATH...\n");
    return 2;
  }
  for (int i = 0; i < count; i++)
    executors[i].path = argv[i + 1];
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < count; i++)
      measure(&executors[i], round);
  for (int i = 0; i < count; i++)
    report(&executors[i]);
  return 0;
}
