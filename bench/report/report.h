/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What people read of the results: tables, charts, comparisons. */
#ifndef LZR_BENCH_REPORT_H
#define LZR_BENCH_REPORT_H

#include <stdio.h>

#include "bench/report/results.h"

/* Prints medians, quartiles, and multiples of the table's base. */
void print_results(FILE *out, const struct results *results);

/* Draws DIRECTORY/TABLE.svg for each table that has values, and leaves the
   gnuplot script that drew it beside it. */
lzr_error *draw_charts(const struct results *results, const char *directory);

/* Prints what changed from one run to another: see README.md. Returns how many
   cells of lazyrun's got worse. */
struct comparison {
  double threshold; /* 0.03: changes below 3 % do not count */
  int all;          /* also print what did not change */
};
int print_comparison(FILE *out, const struct results *old_results,
                     const struct results *new_results,
                     const struct comparison *comparison);

#endif
