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

static void compare(const struct case_search *s, unsigned reg, int64_t number) {
  if (number == (int32_t)number) {
    lzr_x64_immediate(s->g->code, LZR_X64_IS_CMP, s->size, reg,
                      (int32_t)number);
    return;
  }
  unsigned other = lzr_gen_allocate(s->g, LZR_X64_GENERAL);
  lzr_x64_set(s->g->code, other, number);
  lzr_x64_registers(s->g->code, LZR_X64_CMP, s->size, other, reg);
  lzr_gen_release(s->g, other);
}

static void try_each(const struct case_search *s,
                     const struct lzr_gen_case *cases, size_t count) {
  for (size_t k = 0; k < count; k++) {
    compare(s, s->reg, cases[k].number);
    lzr_gen_jump_to_if(s->g, LZR_X64_E, cases[k].target);
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

/* The number minus the least one, in a register of its own. */
static unsigned load_index(const struct case_search *s, int64_t least) {
  struct lzr_machine_code *code = s->g->code;
  unsigned index = lzr_gen_allocate(s->g, LZR_X64_GENERAL);
  uint64_t minus = 0 - (uint64_t)least;
  if (s->size == 4 || (int64_t)minus == (int32_t)minus) {
    lzr_x64_memory(code, LZR_X64_LEA, s->size, index,
                   lzr_gen_at(s->reg, (int32_t)minus), 0);
  } else {
    lzr_x64_set(code, index, (int64_t)minus);
    lzr_x64_registers(code, LZR_X64_ADD, 8, s->reg, index);
  }
  return index;
}

static void jump_by_table(const struct case_search *s,
                          const struct lzr_gen_case *cases, size_t count) {
  struct lzr_gen *g = s->g;
  unsigned index = load_index(s, cases[0].number);
  uint64_t last = (uint64_t)cases[count - 1].number - (uint64_t)cases[0].number;
  compare(s, index, (int64_t)last);
  lzr_gen_jump_to_if(g, LZR_X64_A, s->otherwise);
  unsigned table = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned rex = table & 8 ? 0x4c : 0x48;
  lzr_x64_bytes(g->code, rex | 0x8d00 | (5u | (table & 7) << 3) << 16, 3);
  lzr_code_put_number(g->code, 0, 4); /* lea table, [rip + distance] */
  add_table(s, cases, count);
  struct lzr_gen_memory entry = lzr_gen_at(table, 0);
  entry.index = (uint8_t)index;
  entry.scale = 2;
  lzr_x64_memory(g->code, LZR_X64_MOVSXD, 8, index, entry, 0);
  lzr_x64_registers(g->code, LZR_X64_ADD, 8, table, index);
  lzr_x64_registers(g->code, LZR_X64_GROUP_5, 4, LZR_X64_IS_JMP, index);
  lzr_gen_release(g, index);
  lzr_gen_release(g, table);
}

void lzr_gen_finish_tables(struct lzr_gen *g) {
  for (size_t k = 0; k < g->table_count; k++) {
    const struct lzr_gen_table *table = &g->tables[k];
    uint32_t base = (uint32_t)g->code->size;
    lzr_code_patch(g->code, table->field, base - table->field - 4);
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
  compare(s, s->reg, cases[half].number);
  lzr_x64_jump_if(s->g->code, LZR_X64_GE);
  size_t upper = s->g->code->size;
  search(s, cases, half);
  lzr_code_patch(s->g->code, upper - 4, (uint32_t)(s->g->code->size - upper));
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
