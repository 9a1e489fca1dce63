/* What can be said about samples without knowing how they are distributed. */
#ifndef LZR_BENCH_STATISTICS_H
#define LZR_BENCH_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* Puts samples in order of size. */
void statistics_sort(double *samples, size_t count);

/* Of samples in order; part is between 0 and 1, 0.5 for the median. Between two
   samples it is interpolated. */
double statistics_quantile(const double *samples, size_t count, double part);

/* How many times as large the new samples are as the old ones: the median of
   all ratios of a new one to an old one (Hodges and Lehmann), and between low
   and high where it lies, at least 99 % sure, by the rank test of Mann and
   Whitney. */
struct change {
  double ratio, low, high;
};

/* False if there are too few samples to be sure of anything (below 5 and 5), or
   if one is not above 0. Samples are in order. */
bool statistics_change(const double *old_samples, size_t old_count,
                       const double *new_samples, size_t new_count,
                       struct change *change);

#endif
