/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/label.h"

#include "runtime/baseline/generator/access.h"
#include "tpc/base/memory.h"

/* Jumps. */

static void add_jump(struct lzr_gen *g, uint32_t field, uint32_t base,
                     uint32_t target) {
  struct lzr_gen_jump *grown = lzr_array_reserve(
      g->jumps, &g->jump_room, g->jump_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return;
  }
  g->jumps = grown;
  g->jumps[g->jump_count++] = (struct lzr_gen_jump){field, base, target};
}

static void add_last_four(struct lzr_gen *g, uint32_t target) {
  uint32_t end = (uint32_t)g->code->size;
  add_jump(g, end - 4, end, target);
}

void lzr_gen_jump_to(struct lzr_gen *g, uint32_t target) {
  g->target->jump(g);
  add_last_four(g, target);
}

void lzr_gen_jump_to_if(struct lzr_gen *g, unsigned condition,
                        uint32_t target) {
  g->target->jump_if(g, condition);
  add_last_four(g, target);
}

void lzr_gen_jump_on(struct lzr_gen *g, struct lzr_gen_test test, bool wanted,
                     uint32_t target) {
  unsigned turn = wanted ? 0 : 1;
  unsigned condition = test.condition ^ turn, other = test.other ^ turn;
  if (test.join == LZR_GEN_ALONE) {
    lzr_gen_jump_to_if(g, condition, target);
  } else if ((test.join == LZR_GEN_OR) == wanted) {
    lzr_gen_jump_to_if(g, other, target);
    lzr_gen_jump_to_if(g, condition, target);
  } else {
    size_t skip = g->target->skip_if(g, lzr_gen_not(other));
    lzr_gen_jump_to_if(g, condition, target);
    g->target->land(g, skip);
  }
}

void lzr_gen_put_distance(struct lzr_gen *g, uint32_t base, uint32_t target) {
  lzr_code_want(g->code);
  add_jump(g, (uint32_t)g->code->size, base, target);
  lzr_code_put_number(g->code, 0, 4);
}

uint32_t lzr_gen_offset_of(const struct lzr_gen *g, uint32_t target) {
  return target & LZR_GEN_EDGE ? g->edges[target & ~LZR_GEN_EDGE].offset
                               : g->block_offsets[target];
}

void lzr_gen_resolve_jumps(struct lzr_gen *g, uint32_t epilogue) {
  for (size_t k = 0; k < g->jump_count; k++) {
    const struct lzr_gen_jump *jump = &g->jumps[k];
    uint32_t offset = jump->target == LZR_GEN_EPILOGUE
                          ? epilogue
                          : lzr_gen_offset_of(g, jump->target);
    g->target->patch(g, jump->field, jump->base, offset);
  }
}

/* Phis. */

/* What a phi becomes when control comes from a block. */
static uint32_t incoming(const struct lzr_ir *ir,
                         const struct lzr_ir_instruction *phi, uint32_t from) {
  for (uint32_t k = 0; k < phi->count; k++)
    if (ir->items[phi->list + k].number == from)
      return ir->items[phi->list + k].value;
  return phi->result; /* control never comes from there */
}

/* Whether a phi of the same block, other than the first, has changed the value
   by the time it is wanted. */
static bool is_changed(const struct lzr_ir *ir, uint32_t value, uint32_t block,
                       size_t earlier) {
  const struct lzr_ir_value *v = &ir->values[value];
  return earlier && v->kind == LZR_IR_RESULT && v->block == block &&
         ir->instructions[v->origin].operation == LZR_IR_PHI;
}

static size_t list_phis(struct lzr_gen *g, uint32_t from, uint32_t to) {
  const struct lzr_ir *ir = g->ir;
  const struct lzr_ir_block *block = &ir->blocks[to];
  size_t count = 0;
  for (uint32_t k = block->first;
       k < block->end && ir->instructions[k].operation == LZR_IR_PHI; k++) {
    struct lzr_gen_phi *grown =
        lzr_array_reserve(g->phis, &g->phi_room, count + 1, sizeof *grown);
    if (!grown) {
      g->code->out_of_memory = true;
      return 0;
    }
    g->phis = grown;
    uint32_t value = incoming(ir, &ir->instructions[k], from);
    if (value != ir->instructions[k].result)
      g->phis[count++] =
          (struct lzr_gen_phi){value, ir->instructions[k].result, 0};
  }
  return count;
}

static uint32_t size_of(const struct lzr_gen *g, uint32_t value) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  return type.class == LZR_IR_AGGREGATE ? g->ir->layouts[type.layout].size : 8;
}

static void copy_slot(struct lzr_gen *g, int32_t to, int32_t from,
                      uint32_t size) {
  lzr_gen_copy_bytes(g, lzr_gen_frame(g, to), lzr_gen_frame(g, from), size);
}

static void save_changed(struct lzr_gen *g, uint32_t to, size_t count) {
  for (size_t k = 0; k < count; k++) {
    struct lzr_gen_phi *phi = &g->phis[k];
    if (!is_changed(g->ir, phi->from, to, k))
      continue;
    uint32_t size = size_of(g, phi->from);
    phi->saved = lzr_gen_new_slot(g, size, size > 8 ? 16 : 8);
    copy_slot(g, phi->saved, lzr_gen_slot(g, phi->from), size);
  }
}

/* Numbers take their whole slots, whatever their widths. */
static void copy_phi(struct lzr_gen *g, const struct lzr_gen_phi *phi) {
  struct lzr_ir_type type = lzr_gen_value(g, phi->to)->type;
  int32_t to = lzr_gen_slot(g, phi->to);
  if (phi->saved) {
    copy_slot(g, to, phi->saved, size_of(g, phi->to));
  } else if (type.class == LZR_IR_AGGREGATE) {
    lzr_gen_write_value(g, phi->from, lzr_gen_frame(g, to));
  } else {
    unsigned reg = lzr_gen_home(g, phi->from)->reg >= 0
                       ? lzr_gen_use(g, phi->from)
                       : lzr_gen_allocate(g, lzr_gen_set_of(g, type));
    lzr_gen_load_into(g, phi->from, reg);
    lzr_gen_store_slot(g, type, reg, to);
  }
  lzr_gen_end_instruction(g);
}

void lzr_gen_copy_phis(struct lzr_gen *g, uint32_t from, uint32_t to) {
  if (!g->ir->blocks[to].has_phis)
    return;
  size_t count = list_phis(g, from, to);
  save_changed(g, to, count);
  for (size_t k = 0; k < count; k++)
    copy_phi(g, &g->phis[k]);
}

/* Edges. */

uint32_t lzr_gen_edge_to(struct lzr_gen *g, uint32_t to) {
  if (!g->ir->blocks[to].has_phis)
    return to;
  size_t count = list_phis(g, g->block, to);
  for (size_t k = 0; k < count; k++)
    lzr_gen_store(g, g->phis[k].from);
  struct lzr_gen_edge *grown = lzr_array_reserve(
      g->edges, &g->edge_room, g->edge_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return to;
  }
  g->edges = grown;
  g->edges[g->edge_count] = (struct lzr_gen_edge){.from = g->block, .to = to};
  return (uint32_t)g->edge_count++ | LZR_GEN_EDGE;
}
