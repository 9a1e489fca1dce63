/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compares two runs. Samples of one run differ less than samples of two,
 * because memory lies elsewhere and the machine is busy with other things. So a
 * change counts only under three conditions: the rank test is 99 % sure of it;
 * the end of its confidence interval that is nearer to no change is beyond the
 * threshold; and it is also beyond the threshold when it is compared with the
 * median change of the peers of the same row. The peers did not change, so
 * their change is the machine's.
 */
#include <stdbool.h>
#include <string.h>

#include "bench/report/report.h"
#include "bench/report/statistics.h"

enum verdict { SAME, BETTER, WORSE, UNKNOWN };

static bool is_ours(const struct cell *cell) {
  return strncmp(cell->column, "lazyrun", strlen("lazyrun")) == 0;
}

static bool measure(const struct table *before, const struct cell *now,
                    struct change *change) {
  const struct cell *then =
      before ? table_cell(before, now->row, now->column) : NULL;
  return then && !then->missing && !now->missing &&
         statistics_change(then->samples, then->count, now->samples, now->count,
                           change);
}

/* The median change of the peers in a row; 1 without peers. */
static double drift(const struct table *before, const struct table *now,
                    const char *row) {
  enum { MAX_PEERS = 32 };
  double ratios[MAX_PEERS];
  size_t count = 0;
  struct change change;
  for (size_t i = 0; i < now->cell_count && count < MAX_PEERS; i++) {
    const struct cell *cell = &now->cells[i];
    if (strcmp(cell->row, row) == 0 && !is_ours(cell) &&
        measure(before, cell, &change))
      ratios[count++] = change.ratio;
  }
  if (count == 0)
    return 1;
  statistics_sort(ratios, count);
  return statistics_quantile(ratios, count, 0.5);
}

static enum verdict judge(const struct change *change, double peers,
                          double threshold) {
  double highest = peers > 1 ? peers : 1, lowest = peers < 1 ? peers : 1;
  if (change->low > highest * (1 + threshold))
    return WORSE;
  if (change->high < lowest / (1 + threshold))
    return BETTER;
  return SAME;
}

static double percent(double ratio) {
  return (ratio - 1) * 100;
}

/* Why a cell of the new run cannot be compared with the old run. */
static const char *say_unknown(const struct table *before,
                               const struct cell *now) {
  const struct cell *then =
      before ? table_cell(before, now->row, now->column) : NULL;
  if (!then)
    return "only in the new run";
  if (now->missing || then->missing)
    return now->missing ? now->missing : "not measured in the old run";
  return "too few samples to judge";
}

static enum verdict print_cell(FILE *out, const struct table *before,
                               const struct table *table,
                               const struct cell *now,
                               const struct comparison *comparison) {
  static const char *const words[] = {"same", "better", "WORSE"};
  struct change change;
  if (!measure(before, now, &change)) {
    fprintf(out, "%s | %s | %s: %s\n", table->name, now->row, now->column,
            say_unknown(before, now));
    return UNKNOWN;
  }
  double peers = is_ours(now) ? drift(before, table, now->row) : 1;
  enum verdict verdict = judge(&change, peers, comparison->threshold);
  if (verdict == SAME && !comparison->all)
    return verdict;
  const struct cell *then = table_cell(before, now->row, now->column);
  fprintf(out, "%s | %s | %s: %.4g -> %.4g %s, %+.1f %% (%+.1f to %+.1f)",
          table->name, now->row, now->column,
          statistics_quantile(then->samples, then->count, 0.5),
          statistics_quantile(now->samples, now->count, 0.5), table->unit,
          percent(change.ratio), percent(change.low), percent(change.high));
  if (!is_ours(now))
    fprintf(out, ", a peer\n");
  else
    fprintf(out, ", peers %+.1f %%: %s\n", percent(peers), words[verdict]);
  return is_ours(now) ? verdict : SAME;
}

/* Prints the cells that only the old run has. */
static void print_lost(FILE *out, const struct results *old_results,
                       const struct results *new_results) {
  for (size_t i = 0; i < old_results->table_count; i++) {
    const struct table *table = &old_results->tables[i];
    const struct table *now = results_table(new_results, table->name);
    for (size_t k = 0; k < table->cell_count; k++) {
      const struct cell *cell = &table->cells[k];
      if (!now || !table_cell(now, cell->row, cell->column))
        fprintf(out, "%s | %s | %s: only in the old run\n", table->name,
                cell->row, cell->column);
    }
  }
}

static void compare_facts(FILE *out, const struct results *old_results,
                          const struct results *new_results) {
  const char *key;
  json_t *value;
  json_object_foreach(new_results->facts, key, value) {
    const char *now = json_string_value(value);
    const char *then =
        json_string_value(json_object_get(old_results->facts, key));
    if (now && then && strcmp(now, then) != 0)
      fprintf(out, "%s: %s -> %s\n", key, then, now);
  }
}

int print_comparison(FILE *out, const struct results *old_results,
                     const struct results *new_results,
                     const struct comparison *comparison) {
  int counts[4] = {0};
  compare_facts(out, old_results, new_results);
  for (size_t i = 0; i < new_results->table_count; i++) {
    const struct table *table = &new_results->tables[i];
    const struct table *before = results_table(old_results, table->name);
    for (size_t k = 0; k < table->cell_count; k++) {
      const struct cell *cell = &table->cells[k];
      enum verdict verdict = print_cell(out, before, table, cell, comparison);
      if (is_ours(cell))
        counts[verdict]++;
    }
  }
  print_lost(out, old_results, new_results);
  fprintf(out, "of lazyrun's: %d worse, %d better, %d the same, %d unknown\n",
          counts[WORSE], counts[BETTER], counts[SAME], counts[UNKNOWN]);
  return counts[WORSE];
}
