/* What the programs here that time by themselves share. */
#ifndef LZR_BENCH_SAMPLES_H
#define LZR_BENCH_SAMPLES_H

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

/* Microseconds. */
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static inline int compare_samples(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* part is 0 for the least, 0.5 for the median, below 1. Sorts. */
static inline double quantile(double *samples, size_t count, double part) {
  qsort(samples, count, sizeof *samples, compare_samples);
  return samples[(size_t)((double)count * part)];
}

#endif
