/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Statistics that assume nothing about the samples' distribution. */
#ifndef LZR_BENCH_STATISTICS_H
#define LZR_BENCH_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

/* Sorts samples by size. */
void statistics_sort(double *samples, size_t count);

/* A quantile of sorted samples; part is between 0 and 1, 0.5 for the median.
   Interpolates between two samples. */
double statistics_quantile(const double *samples, size_t count, double part);

/* By which factor the new samples differ from the old ones: ratio is the median
   of all ratios of a new one to an old one (Hodges and Lehmann); low and high
   are the ends of its confidence interval of at least 99 %, by the rank test of
   Mann and Whitney. */
struct change {
  double ratio, low, high;
};

/* Samples are sorted. Returns false if there are too few of them (below 5 and
   5), or if one is not above 0. */
bool statistics_change(const double *old_samples, size_t old_count,
                       const double *new_samples, size_t new_count,
                       struct change *change);

#endif
