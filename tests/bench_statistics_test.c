/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What bench --compare concludes from samples. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/report/statistics.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void expect_near(double value, double expected) {
  cr_expect(fabs(value - expected) < 1e-9, "%g, not %g", value, expected);
}

Test(bench_statistics, finds_quantiles_and_interpolates_between_samples) {
  double samples[] = {9, 1, 4, 2};
  statistics_sort(samples, COUNT(samples));

  expect_near(statistics_quantile(samples, COUNT(samples), 0), 1);
  expect_near(statistics_quantile(samples, COUNT(samples), 0.5), 3);
  expect_near(statistics_quantile(samples, COUNT(samples), 0.25), 1.75);
  expect_near(statistics_quantile(samples, COUNT(samples), 1), 9);
  expect_near(statistics_quantile(samples, 1, 0.75), 1);
}

Test(bench_statistics, takes_all_ratios_of_five_samples_and_five) {
  const double before[] = {1, 1.01, 1.02, 1.03, 1.04};
  const double after[] = {2, 2.01, 2.02, 2.03, 2.04};
  struct change change;

  cr_assert(statistics_change(before, 5, after, 5, &change));
  expect_near(change.low, 2 / 1.04);
  expect_near(change.high, 2.04 / 1);
  cr_expect(change.ratio > 1.97 && change.ratio < 1.99);
}

/* Of 5 and 5 samples, 1 order in 252 is the most extreme, which is less than
   half a percent; of 4 and 5 it is 1 in 126, which is more, so no margin
   exists. */
Test(bench_statistics, does_not_judge_fewer_samples) {
  const double samples[] = {1, 2, 3, 4, 5};
  struct change change;

  cr_expect(!statistics_change(samples, 4, samples, 5, &change));
  cr_expect(!statistics_change(samples, 1, samples, 1, &change));
  cr_expect(!statistics_change(samples, 0, samples, 5, &change));
}

Test(bench_statistics, does_not_judge_samples_without_a_ratio) {
  const double zero[] = {0, 1, 1, 1, 1}, one[] = {1, 1, 1, 1, 1};
  struct change change;

  cr_expect(!statistics_change(zero, 5, one, 5, &change));
  cr_expect(!statistics_change(one, 5, zero, 5, &change));
}

/* For 8 and 8 samples, tables give 7 as the largest value of U that is
   significant at 1 %, so 7 ratios are left out and the eighth is the limit. If
   all old samples are 1, each new sample gives eight equal ratios. */
Test(bench_statistics, agrees_with_the_tables_of_mann_and_whitney) {
  double before[8], after[8];
  struct change change;
  for (int i = 0; i < 8; i++) {
    before[i] = 1;
    after[i] = i + 1;
  }

  cr_assert(statistics_change(before, 8, after, 8, &change));
  expect_near(change.low, 1);
  expect_near(change.high, 8);
  /* If the old samples differ a little, the eighth ratio differs from the
     seventh and the ninth. */
  for (int i = 0; i < 8; i++)
    before[i] = 1 + i * 0.001;
  cr_assert(statistics_change(before, 8, after, 8, &change));
  expect_near(change.low, 1 / before[0]);
  expect_near(change.high, 8 / before[7]);
}

static double noise(unsigned *state) {
  *state = *state * 1664525 + 1013904223;
  return (double)(*state >> 8) / (1 << 24);
}

/* Counts how often a change is reported although there is none: at most 1 time
   in 100, with some tolerance. */
static int count_alarms(size_t count, int runs) {
  unsigned state = 1;
  int alarms = 0;
  double samples[2][64];
  for (int run = 0; run < runs; run++) {
    struct change change;
    for (int k = 0; k < 2; k++) {
      for (size_t i = 0; i < count; i++)
        samples[k][i] = 1 + noise(&state) * noise(&state);
      statistics_sort(samples[k], count);
    }
    cr_assert(statistics_change(samples[0], count, samples[1], count, &change));
    alarms += change.low > 1 || change.high < 1;
  }
  return alarms;
}

Test(bench_statistics, is_wrong_once_in_a_hundred) {
  int few = count_alarms(7, 4000), many = count_alarms(40, 1000);

  cr_expect(few > 4 && few < 60, "%d of 4000", few);
  cr_expect(many > 1 && many < 22, "%d of 1000", many);
}
