/* What the programs here that time by themselves share. They write records,
   which report/results.h describes, to standard output. */
#ifndef LZR_BENCH_RECORD_H
#define LZR_BENCH_RECORD_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Microseconds. */
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* The same, but of this thread alone: while others have the processor it stands
   still. */
static inline double thread_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* base is the column that the others are told as multiples of. */
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

/* Of one round or process, which then counts as one sample. Sorts. */
static inline double median(double *samples, size_t count) {
  qsort(samples, count, sizeof *samples, compare_samples);
  return samples[count / 2];
}

#endif
