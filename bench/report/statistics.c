/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "bench/report/statistics.h"

#include <math.h>
#include <stdlib.h>

#define LEVEL 0.01 /* how often a change is reported although there is none */

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void statistics_sort(double *samples, size_t count) {
  qsort(samples, count, sizeof *samples, compare);
}

double statistics_quantile(const double *samples, size_t count, double part) {
  double place = part * (double)(count - 1);
  size_t below = (size_t)place;
  if (below + 1 >= count)
    return samples[count - 1];
  double rest = place - (double)below;
  return samples[below] * (1 - rest) + samples[below + 1] * rest;
}

/* How many of the n*m ratios can be left out at either end: the largest u with
   P(U < u) <= LEVEL / 2, where U is the rank test's statistic if nothing
   changed. The number of ways in which U gets each value are the coefficients
   of (1-q^(m+1))...(1-q^(m+n)) / ((1-q)...(1-q^n)). */
static size_t exact_margin(size_t n, size_t m) {
  size_t last = n * m;
  double *ways = calloc(last + 1, sizeof *ways), all = 0, sum = 0;
  size_t u = 0;
  if (!ways)
    abort();
  ways[0] = 1;
  for (size_t i = 1; i <= n; i++) {
    for (size_t k = last; k >= m + i; k--)
      ways[k] -= ways[k - m - i];
    for (size_t k = i; k <= last; k++)
      ways[k] += ways[k - i];
  }
  for (size_t k = 0; k <= last; k++)
    all += ways[k];
  while (u < last && sum + ways[u] <= all * LEVEL / 2)
    sum += ways[u++];
  free(ways);
  return u;
}

/* The same by the normal distribution, for sizes with too many ways to
   count. */
static size_t normal_margin(double n, double m) {
  double u = n * m / 2 - 2.576 * sqrt(n * m * (n + m + 1) / 12);
  return u < 0 ? 0 : (size_t)u;
}

bool statistics_change(const double *old_samples, size_t old_count,
                       const double *new_samples, size_t new_count,
                       struct change *change) {
  size_t count = old_count * new_count;
  if (count == 0 || old_samples[0] <= 0 || new_samples[0] <= 0)
    return false;
  size_t margin = old_count + new_count <= 40
                      ? exact_margin(old_count, new_count)
                      : normal_margin((double)old_count, (double)new_count);
  if (margin == 0)
    return false;
  double *ratios = malloc(count * sizeof *ratios), *next = ratios;
  if (!ratios)
    abort();
  for (size_t i = 0; i < new_count; i++)
    for (size_t k = 0; k < old_count; k++)
      *next++ = new_samples[i] / old_samples[k];
  statistics_sort(ratios, count);
  change->ratio = statistics_quantile(ratios, count, 0.5);
  change->low = ratios[margin - 1];
  change->high = ratios[count - margin];
  free(ratios);
  return true;
}
