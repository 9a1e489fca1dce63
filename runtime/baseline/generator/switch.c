/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Switches: a search by halves, whose leaves are a few comparisons, or a table
 * if the numbers are close together.
 */
#include <stdlib.h>

#include "runtime/baseline/generator/label.h"
#include "runtime/baseline/generator/operations.h"
#include "tpc/base/memory.h"

enum { FEW = 4 };

/* A switch while it is generated. */
struct case_search {
  struct lzr_gen *g;
  unsigned reg;       /* has the number, sign-extended to size bytes */
  unsigned size;      /* 4 or 8 */
  uint32_t otherwise; /* target */
};

/* Cases. */

static int by_number(const void *one, const void *other) {
  int64_t a = ((const struct lzr_gen_case *)one)->number;
  int64_t b = ((const struct lzr_gen_case *)other)->number;
  return a < b ? -1 : a > b;
}

/* Targets of the same block are one edge. */
static uint32_t target_of(struct lzr_gen *g, uint32_t block,
                          size_t first_edge) {
  if (!g->ir->blocks[block].has_phis)
    return block;
  for (size_t k = first_edge; k < g->edge_count; k++)
    if (g->edges[k].to == block)
      return (uint32_t)k | LZR_GEN_EDGE;
  return lzr_gen_edge_to(g, block);
}

static size_t list_cases(struct lzr_gen *g, lzr_gen_instruction i,
                         size_t first_edge) {
  size_t count = 0;
  struct lzr_gen_case *grown =
      lzr_array_reserve(g->cases, &g->case_room, i->count, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return 0;
  }
  g->cases = grown;
  for (uint32_t k = 0; k < i->count; k++) {
    const struct lzr_ir_item *item = &g->ir->items[i->list + k];
    if (item->number != i->b)
      g->cases[count++] =
          (struct lzr_gen_case){lzr_gen_value(g, item->value)->number,
                                target_of(g, item->number, first_edge)};
  }
  qsort(g->cases, count, sizeof *g->cases, by_number);
  for (size_t k = 1; k < count; k++)
    if (g->cases[k].number == g->cases[k - 1].number) {
      lzr_ir_refuse(g->ir, "a switch with the same number twice");
      return 0;
    }
  return count;
}

/* Comparisons. */

static void jump_on(const struct case_search *s,
                    enum lzr_ir_condition condition, uint32_t target) {
  lzr_gen_jump_to_if(s->g, s->g->target->conditions[condition], target);
}

static void try_each(const struct case_search *s,
                     const struct lzr_gen_case *cases, size_t count) {
  for (size_t k = 0; k < count; k++) {
    s->g->target->compare_number(s->g, s->size, s->reg, cases[k].number);
    jump_on(s, LZR_IR_EQUAL, cases[k].target);
  }
  lzr_gen_jump_to(s->g, s->otherwise);
}

/* Tables. */

static bool is_dense(const struct lzr_gen_case *cases, size_t count) {
  uint64_t distance =
      (uint64_t)cases[count - 1].number - (uint64_t)cases[0].number;
  return distance / 4 < count;
}

static bool add_target(struct lzr_gen *g, uint32_t target) {
  uint32_t *grown = lzr_array_reserve(g->targets, &g->target_room,
                                      g->target_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return false;
  }
  g->targets = grown;
  g->targets[g->target_count++] = target;
  return true;
}

static void add_table(const struct case_search *s,
                      const struct lzr_gen_case *cases, size_t count) {
  struct lzr_gen *g = s->g;
  struct lzr_gen_table *grown = lzr_array_reserve(
      g->tables, &g->table_room, g->table_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return;
  }
  g->tables = grown;
  uint32_t first = (uint32_t)g->target_count;
  uint64_t number = (uint64_t)cases[0].number;
  for (size_t k = 0; k < count; number++) {
    bool is_case = (uint64_t)cases[k].number == number;
    if (!add_target(g, is_case ? cases[k].target : s->otherwise))
      return;
    k += is_case;
  }
  g->tables[g->table_count++] =
      (struct lzr_gen_table){.field = (uint32_t)g->code->size - 4,
                             .first = first,
                             .count = (uint32_t)g->target_count - first};
}

static void jump_by_table(const struct case_search *s,
                          const struct lzr_gen_case *cases, size_t count) {
  struct lzr_gen *g = s->g;
  /* The number minus the least one. */
  unsigned index = lzr_gen_allocate(g, g->target->general);
  g->target->add_number(g, s->size, index, s->reg,
                        (int64_t)(0 - (uint64_t)cases[0].number));
  uint64_t last = (uint64_t)cases[count - 1].number - (uint64_t)cases[0].number;
  g->target->compare_number(g, s->size, index, (int64_t)last);
  jump_on(s, LZR_IR_UNSIGNED_GREATER, s->otherwise);
  unsigned table = lzr_gen_allocate(g, g->target->general);
  g->target->table_address(g, table);
  add_table(s, cases, count);
  struct lzr_gen_memory entry = lzr_gen_at(table, 0);
  entry.index = (uint8_t)index;
  entry.scale = 2;
  g->target->load_entry(g, index, entry);
  g->target->add(g, index, table);
  g->target->jump_to_register(g, index);
  lzr_gen_release(g, index);
  lzr_gen_release(g, table);
}

void lzr_gen_finish_tables(struct lzr_gen *g) {
  for (size_t k = 0; k < g->table_count; k++) {
    const struct lzr_gen_table *table = &g->tables[k];
    uint32_t base = (uint32_t)g->code->size;
    g->target->patch(g, table->field, table->field + 4, base);
    for (uint32_t n = 0; n < table->count; n++)
      lzr_gen_put_distance(g, base, g->targets[table->first + n]);
  }
}

/* The search. */

static void search(const struct case_search *s,
                   const struct lzr_gen_case *cases, size_t count) {
  if (count <= FEW) {
    try_each(s, cases, count);
    return;
  }
  if (is_dense(cases, count)) {
    jump_by_table(s, cases, count);
    return;
  }
  size_t half = count / 2;
  s->g->target->compare_number(s->g, s->size, s->reg, cases[half].number);
  s->g->target->jump_if(s->g,
                        s->g->target->conditions[LZR_IR_SIGNED_GREATER_EQUAL]);
  uint32_t upper = (uint32_t)s->g->code->size;
  search(s, cases, half);
  s->g->target->patch(s->g, upper - 4, upper, (uint32_t)s->g->code->size);
  search(s, cases + half, count - half);
}

void lzr_gen_switch(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned bits = lzr_gen_value(g, i->a)->type.bits;
  struct case_search s = {.g = g, .size = lzr_gen_wide(bits)};
  s.reg = bits == s.size * 8 ? lzr_gen_use(g, i->a)
                             : lzr_gen_extended(g, i->a, true, s.size);
  size_t first_edge = g->edge_count;
  s.otherwise = target_of(g, i->b, first_edge);
  size_t count = list_cases(g, i, first_edge);
  search(&s, g->cases, count);
  lzr_gen_done(g, i->a);
}
