/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures making many stubs for functions that exist already:
 *
 *     bench-making lazyrun|orc COUNT
 *
 * A process makes them once, and prints the time and the memory that they take.
 */
#include <string.h>
#include <unistd.h>

#include "bench/orc.h"
#include "bench/own.h"
#include "bench/record.h"

static int function(int x) {
  return x + 1;
}

static void *allocate(size_t count, size_t size) {
  void *memory = malloc(count * size);
  if (!memory)
    abort();
  return memset(memory, 1, count * size); /* resident before the measuring */
}

/* This process' resident memory in bytes. */
static double resident(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%*d %ld", &pages) != 1)
    abort();
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

struct cost {
  double time, memory; /* microseconds, bytes */
};

static struct cost measure_own(size_t count) {
  lzr_tpc *tpc;
  lzr_indirection *indirection;
  struct lazy_function *functions = allocate(count, sizeof *functions);
  for (size_t i = 0; i < count; i++)
    functions[i].target = (lzr_addr)(uintptr_t)function;
  stop_on(lzr_tpc_create_self(&tpc));
  stop_on(lzr_indirection_create(tpc, &indirection));
  double memory = resident(), start = thread_time();
  make_lazy(indirection, functions, count);
  return (struct cost){thread_time() - start, resident() - memory};
}

static struct cost measure_orc(size_t count) {
  uint64_t *targets = allocate(count, sizeof *targets);
  uint64_t *stubs = allocate(count, sizeof *stubs);
  for (size_t i = 0; i < count; i++)
    targets[i] = (uint64_t)(uintptr_t)function;
  struct orc *orc = orc_create();
  orc_define_functions(orc, targets, count);
  double memory = resident(), start = thread_time();
  orc_make_stubs(orc, count, stubs);
  return (struct cost){thread_time() - start, resident() - memory};
}

int main(int argc, char **argv) {
  long count = argc == 3 ? atol(argv[2]) : 0;
  if (count < 1) {
    fprintf(stderr, "usage: bench-making lazyrun|orc COUNT\n");
    return 2;
  }
  int own = strcmp(argv[1], "lazyrun") == 0;
  struct cost cost =
      own ? measure_own((size_t)count) : measure_orc((size_t)count);
  char row[32];
  snprintf(row, sizeof row, "%ld functions", count);
  record_sample("making-time", row, own ? "lazyrun" : "orc-lazy",
                cost.time * 1e3 / (double)count);
  record_sample("making-memory", row, own ? "lazyrun" : "orc-lazy",
                (cost.memory > 0 ? cost.memory : 0) / (double)count);
  fflush(stdout);
  _exit(0); /* the end is not measured, and takes ORC long */
}
