/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <string.h>

#include "bench/report/report.h"
#include "bench/report/statistics.h"

/* Prints four significant digits, without an exponent. */
static void print_number(FILE *out, int width, double value) {
  int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
  fprintf(out, "%*.*f", width, value == 0 ? 0 : decimals, value);
}

static void print_cell(FILE *out, const struct table *table,
                       const struct cell *cell) {
  fprintf(out, "    %-30s", cell->column);
  if (cell->missing) {
    fprintf(out, "  not measured: %s\n", cell->missing);
    return;
  }
  double median = statistics_quantile(cell->samples, cell->count, 0.5);
  print_number(out, 10, median);
  print_number(out, 11, statistics_quantile(cell->samples, cell->count, 0.25));
  print_number(out, 11, statistics_quantile(cell->samples, cell->count, 0.75));
  const struct cell *base = table_cell(table, cell->row, table->base);
  double whole = base && !base->missing
                     ? statistics_quantile(base->samples, base->count, 0.5)
                     : 0;
  if (whole > 0)
    fprintf(out, "   x%-8.3g", median / whole);
  else
    fprintf(out, "   %-9s", "-");
  fprintf(out, "%5zu\n", cell->count);
}

/* Cells of a row may lie apart, because programs take turns. */
static void print_row(FILE *out, const struct table *table, size_t first) {
  const char *row = table->cells[first].row;
  fprintf(out, "  %s\n", row);
  for (size_t i = first; i < table->cell_count; i++)
    if (strcmp(table->cells[i].row, row) == 0)
      print_cell(out, table, &table->cells[i]);
}

static int is_new_row(const struct table *table, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (strcmp(table->cells[k].row, table->cells[i].row) == 0)
      return 0;
  return 1;
}

static void print_table(FILE *out, const struct table *table) {
  fprintf(out, "\n%s: %s\n", table->name, table->title);
  fprintf(out, "  %-28s%10s%11s%11s   of %s, samples\n", table->unit, "median",
          "quartiles", "", table->base);
  for (size_t i = 0; i < table->cell_count; i++)
    if (is_new_row(table, i))
      print_row(out, table, i);
}

void print_results(FILE *out, const struct results *results) {
  const char *key;
  json_t *value;
  json_object_foreach(results->facts, key, value) {
    const char *text = json_string_value(value);
    fprintf(out, "%-12s %s\n", key, text ? text : "?");
  }
  for (size_t i = 0; i < results->table_count; i++)
    if (results->tables[i].cell_count)
      print_table(out, &results->tables[i]);
}
