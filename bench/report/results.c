/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "bench/report/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/records.h"
#include "bench/report/statistics.h"

/* From JSON. */

static lzr_error *complain(const char *where, const char *what) {
  return lzr_error_create(LZR_ERROR_FORMAT, "%s: %s", where, what);
}

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory)
    abort();
  return memory;
}

static lzr_error *take_samples(json_t *samples, struct cell *cell) {
  size_t i;
  json_t *sample;
  cell->count = json_array_size(samples);
  if (!json_is_array(samples) || cell->count == 0)
    return complain(cell->row, "a cell has samples, or says why not");
  if (cell->count > MAX_SAMPLES)
    return complain(cell->row, "a cell has more than 1000 samples");
  cell->samples = allocate(cell->count, sizeof *cell->samples);
  json_array_foreach(samples, i, sample) {
    cell->samples[i] = json_number_value(sample);
    if (!json_is_number(sample))
      return complain(cell->row, "a sample is a number");
  }
  statistics_sort(cell->samples, cell->count);
  return NULL;
}

static lzr_error *take_cell(json_t *json, struct cell *cell) {
  json_t *samples = NULL;
  json_error_t why;
  if (json_unpack_ex(json, &why, 0, "{s:s s:s s?o s?s}", "row", &cell->row,
                     "column", &cell->column, "samples", &samples, "missing",
                     &cell->missing) != 0)
    return complain("a cell", why.text);
  return cell->missing ? NULL : take_samples(samples, cell);
}

static lzr_error *take_table(json_t *json, struct table *table) {
  json_t *cells;
  json_error_t why;
  lzr_error *error = NULL;
  if (json_unpack_ex(json, &why, 0, "{s:s s:s s:s s:s s:o}", "name",
                     &table->name, "unit", &table->unit, "base", &table->base,
                     "title", &table->title, "cells", &cells) != 0)
    return complain("a table", why.text);
  if (!*table->name ||
      table->name[strspn(table->name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
    return complain(table->name, "a table's name is of a-z, 0-9 and -");
  if (!json_is_array(cells))
    return complain(table->name, "cells is not an array");
  table->cells = allocate(json_array_size(cells), sizeof *table->cells);
  while (!error && table->cell_count < json_array_size(cells)) {
    size_t i = table->cell_count++;
    error = take_cell(json_array_get(cells, i), &table->cells[i]);
  }
  return lzr_error_wrap(error, "table %s", table->name);
}

static lzr_error *take(struct results *results) {
  const char *format = "";
  json_t *tables;
  json_error_t why;
  lzr_error *error = NULL;
  if (json_unpack_ex(results->root, &why, 0, "{s:s s:o s:o}", "format", &format,
                     "facts", &results->facts, "tables", &tables) != 0)
    return complain("not results of benchmarks", why.text);
  if (strcmp(format, RESULTS_FORMAT) != 0)
    return complain("the format is not known", format);
  if (!json_is_object(results->facts) || !json_is_array(tables))
    return complain("not results of benchmarks",
                    "facts is an object and tables an array");
  results->tables = allocate(json_array_size(tables), sizeof *results->tables);
  while (!error && results->table_count < json_array_size(tables)) {
    size_t i = results->table_count++;
    error = take_table(json_array_get(tables, i), &results->tables[i]);
  }
  return error;
}

lzr_error *results_read_json(const char *path, struct results *results) {
  json_error_t why;
  *results = (struct results){0};
  results->root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
  if (!results->root && why.line <= 0)
    return lzr_error_create(LZR_ERROR_FILE, "%s", why.text);
  if (!results->root)
    return lzr_error_create(LZR_ERROR_FORMAT, "%s:%d: %s", path, why.line,
                            why.text);
  return lzr_error_wrap(take(results), "%s", path);
}

lzr_error *results_read_records(const char *path, struct results *results) {
  *results = (struct results){0};
  lzr_error *error = records_read(path, &results->root);
  return error ? error : lzr_error_wrap(take(results), "%s", path);
}

void results_fini(struct results *results) {
  for (size_t i = 0; i < results->table_count; i++) {
    struct table *table = &results->tables[i];
    for (size_t k = 0; k < table->cell_count; k++)
      free(table->cells[k].samples);
    free(table->cells);
  }
  free(results->tables);
  json_decref(results->root);
}

/* To JSON. */

/* The file has medians and quartiles too, for readers that compute none. */
static json_t *summarize(const struct cell *cell) {
  if (cell->missing)
    return json_pack("{ss ss ss}", "row", cell->row, "column", cell->column,
                     "missing", cell->missing);
  json_t *samples = json_array();
  for (size_t i = 0; i < cell->count; i++)
    json_array_append_new(samples, json_real(cell->samples[i]));
  return json_pack(
      "{ss ss sf sf sf so}", "row", cell->row, "column", cell->column, "median",
      statistics_quantile(cell->samples, cell->count, 0.5), "lower_quartile",
      statistics_quantile(cell->samples, cell->count, 0.25), "upper_quartile",
      statistics_quantile(cell->samples, cell->count, 0.75), "samples",
      samples);
}

lzr_error *results_write_json(const struct results *results, const char *path) {
  json_t *tables = json_array();
  for (size_t i = 0; i < results->table_count; i++) {
    const struct table *table = &results->tables[i];
    json_t *cells = json_array();
    for (size_t k = 0; k < table->cell_count; k++)
      json_array_append_new(cells, summarize(&table->cells[k]));
    json_array_append_new(tables,
                          json_pack("{ss ss ss ss so}", "name", table->name,
                                    "unit", table->unit, "base", table->base,
                                    "title", table->title, "cells", cells));
  }
  json_t *root = json_pack("{ss sO so}", "format", RESULTS_FORMAT, "facts",
                           results->facts, "tables", tables);
  int status =
      json_dump_file(root, path, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
  json_decref(root);
  return status == 0
             ? NULL
             : lzr_error_create(LZR_ERROR_FILE, "%s cannot be written", path);
}

/* Finding. */

const struct table *results_table(const struct results *results,
                                  const char *name) {
  for (size_t i = 0; i < results->table_count; i++)
    if (strcmp(results->tables[i].name, name) == 0)
      return &results->tables[i];
  return NULL;
}

const struct cell *table_cell(const struct table *table, const char *row,
                              const char *column) {
  for (size_t i = 0; i < table->cell_count; i++)
    if (strcmp(table->cells[i].row, row) == 0 &&
        strcmp(table->cells[i].column, column) == 0)
      return &table->cells[i];
  return NULL;
}
