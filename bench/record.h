/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the programs share that time themselves. They write records, which
   report/results.h describes, to standard output. */
#ifndef LZR_BENCH_RECORD_H
#define LZR_BENCH_RECORD_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The time in microseconds. */
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* This thread's time in microseconds, which stands still while others have the
   processor. */
static inline double thread_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* Names an executor's column after its command: "LLVM 22" for
   "llvm-jitlink-executor-22". */
static inline void name_executor(char *column, size_t size,
                                 const char *command) {
  const char *version = strstr(command, "llvm-jitlink-executor-");
  snprintf(column, size, "%s%.4s", version ? "LLVM " : "lazyrun",
           version ? strrchr(version, '-') + 1 : "");
}

/* The report gives the other columns as multiples of the column base. */
static inline void record_table(const char *table, const char *unit,
                                const char *base, const char *title) {
  printf("table\t%s\t%s\t%s\t%s\n", table, unit, base, title);
}

static inline void record_sample(const char *table, const char *row,
                                 const char *column, double value) {
  printf("sample\t%s\t%s\t%s\t%.6g\n", table, row, column, value);
}

static inline void record_missing(const char *table, const char *row,
                                  const char *column, const char *reason) {
  printf("missing\t%s\t%s\t%s\t%s\n", table, row, column, reason);
}

static inline int compare_samples(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The median of one round or process, which then counts as one sample. Sorts
   samples. */
static inline double median(double *samples, size_t count) {
  qsort(samples, count, sizeof *samples, compare_samples);
  return samples[count / 2];
}

#endif
