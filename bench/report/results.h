/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The results of a run of the benchmarks. They are read from records, the lines
 * that the measuring programs write, or from the JSON that is made of these:
 *
 *     fact     KEY    TEXT                       the machine, versions
 *     table    TABLE  UNIT  BASE  TITLE          the column that is 1
 *     sample   TABLE  ROW  COLUMN  VALUE...      less is better
 *     missing  TABLE  ROW  COLUMN  REASON        what could not be measured
 *
 * There are tabs between the words. A row is a situation; a column is lazyrun
 * or a peer in it. Samples of one row and column may be on several lines.
 */
#ifndef LZR_BENCH_RESULTS_H
#define LZR_BENCH_RESULTS_H

#include <jansson.h>
#include <stddef.h>

#include "tpc/base/error.h"

#define MAX_SAMPLES 1000 /* of one cell */

struct cell {
  const char *row, *column;
  double *samples; /* in order of size */
  size_t count;
  const char *missing; /* why there are none, or NULL */
};

struct table {
  const char *name, *unit, *base, *title;
  struct cell *cells;
  size_t cell_count;
};

struct results {
  json_t *root; /* owns the strings */
  json_t *facts;
  struct table *tables;
  size_t table_count;
};

/* Both fill in *results, which is owned (results_fini()), also after a
   failure. */
lzr_error *results_read_records(const char *path, struct results *results);
lzr_error *results_read_json(const char *path, struct results *results);
lzr_error *results_write_json(const struct results *results, const char *path);
void results_fini(struct results *results);

/* NULL if there is none. */
const struct table *results_table(const struct results *results,
                                  const char *name);
const struct cell *table_cell(const struct table *table, const char *row,
                              const char *column);

#endif
