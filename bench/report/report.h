/* What is made of results for a person to look at. */
#ifndef LZR_BENCH_REPORT_H
#define LZR_BENCH_REPORT_H

#include <stdio.h>

#include "bench/report/results.h"

/* Medians, quartiles, and multiples of the table's base. */
void print_results(FILE *out, const struct results *results);

/* DIRECTORY/TABLE.svg for each table that has something to show, and beside it
   the gnuplot script that drew it. */
lzr_error *draw_charts(const struct results *results, const char *directory);

/* What changed from one run to another; see README.md. Returns how many cells
   of lazyrun's got worse. */
struct comparison {
  double threshold; /* 0.03: changes below 3 % don't count */
  int all;          /* print what did not change, too */
};
int print_comparison(FILE *out, const struct results *old_results,
                     const struct results *new_results,
                     const struct comparison *comparison);

#endif
