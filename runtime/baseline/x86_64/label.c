/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/x86_64/label.h"

#include "runtime/baseline/x86_64/access.h"
#include "tpc/base/memory.h"

/* Jumps. */

static void add_jump(struct lzr_x64 *g, uint32_t field, uint32_t base,
                     uint32_t target) {
  struct lzr_x64_jump *grown = lzr_array_reserve(
      g->jumps, &g->jump_room, g->jump_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return;
  }
  g->jumps = grown;
  g->jumps[g->jump_count++] = (struct lzr_x64_jump){field, base, target};
}

static void add_last_four(struct lzr_x64 *g, uint32_t target) {
  uint32_t end = (uint32_t)g->code->size;
  add_jump(g, end - 4, end, target);
}

void lzr_x64_jump_to(struct lzr_x64 *g, uint32_t target) {
  lzr_x64_jump(g->code);
  add_last_four(g, target);
}

void lzr_x64_jump_to_if(struct lzr_x64 *g, unsigned condition,
                        uint32_t target) {
  lzr_x64_jump_if(g->code, condition);
  add_last_four(g, target);
}

void lzr_x64_jump_on(struct lzr_x64 *g, struct lzr_x64_test test, bool wanted,
                     uint32_t target) {
  unsigned condition = wanted ? test.condition : lzr_x64_not(test.condition);
  if (test.parity == LZR_X64_ANY_PARITY) {
    lzr_x64_jump_to_if(g, condition, target);
  } else if ((test.parity == LZR_X64_OR_P) == wanted) {
    lzr_x64_jump_to_if(g, LZR_X64_P, target);
    lzr_x64_jump_to_if(g, condition, target);
  } else {
    size_t skip = lzr_x64_skip_if(g->code, LZR_X64_P);
    lzr_x64_jump_to_if(g, condition, target);
    lzr_x64_land(g->code, skip);
  }
}

void lzr_x64_put_distance(struct lzr_x64 *g, uint32_t base, uint32_t target) {
  lzr_code_want(g->code);
  add_jump(g, (uint32_t)g->code->size, base, target);
  lzr_code_put_number(g->code, 0, 4);
}

uint32_t lzr_x64_offset_of(const struct lzr_x64 *g, uint32_t target) {
  return target & LZR_X64_EDGE ? g->edges[target & ~LZR_X64_EDGE].offset
                               : g->block_offsets[target];
}

void lzr_x64_resolve_jumps(struct lzr_x64 *g, uint32_t epilogue) {
  for (size_t k = 0; k < g->jump_count; k++) {
    const struct lzr_x64_jump *jump = &g->jumps[k];
    uint32_t offset = jump->target == LZR_X64_EPILOGUE
                          ? epilogue
                          : lzr_x64_offset_of(g, jump->target);
    lzr_code_patch(g->code, jump->field, offset - jump->base);
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

static size_t list_phis(struct lzr_x64 *g, uint32_t from, uint32_t to) {
  const struct lzr_ir *ir = g->ir;
  const struct lzr_ir_block *block = &ir->blocks[to];
  size_t count = 0;
  for (uint32_t k = block->first;
       k < block->end && ir->instructions[k].operation == LZR_IR_PHI; k++) {
    struct lzr_x64_phi *grown =
        lzr_array_reserve(g->phis, &g->phi_room, count + 1, sizeof *grown);
    if (!grown) {
      g->code->out_of_memory = true;
      return 0;
    }
    g->phis = grown;
    uint32_t value = incoming(ir, &ir->instructions[k], from);
    if (value != ir->instructions[k].result)
      g->phis[count++] =
          (struct lzr_x64_phi){value, ir->instructions[k].result, 0};
  }
  return count;
}

static uint32_t size_of(const struct lzr_x64 *g, uint32_t value) {
  struct lzr_ir_type type = lzr_x64_value(g, value)->type;
  return type.class == LZR_IR_AGGREGATE ? g->ir->layouts[type.layout].size : 8;
}

static void copy_slot(struct lzr_x64 *g, int32_t to, int32_t from,
                      uint32_t size) {
  lzr_x64_copy_bytes(g, lzr_x64_frame(to), lzr_x64_frame(from), size);
}

static void save_changed(struct lzr_x64 *g, uint32_t to, size_t count) {
  for (size_t k = 0; k < count; k++) {
    struct lzr_x64_phi *phi = &g->phis[k];
    if (!is_changed(g->ir, phi->from, to, k))
      continue;
    uint32_t size = size_of(g, phi->from);
    phi->saved = lzr_x64_new_slot(g, size, size > 8 ? 16 : 8);
    copy_slot(g, phi->saved, lzr_x64_slot(g, phi->from), size);
  }
}

/* Numbers take their whole slots, whatever their widths. */
static void copy_phi(struct lzr_x64 *g, const struct lzr_x64_phi *phi) {
  struct lzr_ir_type type = lzr_x64_value(g, phi->to)->type;
  int32_t to = lzr_x64_slot(g, phi->to);
  if (phi->saved) {
    copy_slot(g, to, phi->saved, size_of(g, phi->to));
  } else if (type.class == LZR_IR_AGGREGATE) {
    lzr_x64_write_value(g, phi->from, lzr_x64_frame(to));
  } else {
    unsigned reg = lzr_x64_home(g, phi->from)->reg >= 0
                       ? lzr_x64_use(g, phi->from)
                       : lzr_x64_allocate(g, lzr_x64_set_of(type));
    lzr_x64_load_into(g, phi->from, reg);
    lzr_x64_store_slot(g, type, reg, to);
  }
  lzr_x64_end_instruction(g);
}

void lzr_x64_copy_phis(struct lzr_x64 *g, uint32_t from, uint32_t to) {
  if (!g->ir->blocks[to].has_phis)
    return;
  size_t count = list_phis(g, from, to);
  save_changed(g, to, count);
  for (size_t k = 0; k < count; k++)
    copy_phi(g, &g->phis[k]);
}

/* Edges. */

uint32_t lzr_x64_edge_to(struct lzr_x64 *g, uint32_t to) {
  if (!g->ir->blocks[to].has_phis)
    return to;
  size_t count = list_phis(g, g->block, to);
  for (size_t k = 0; k < count; k++)
    lzr_x64_store(g, g->phis[k].from);
  struct lzr_x64_edge *grown = lzr_array_reserve(
      g->edges, &g->edge_room, g->edge_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return to;
  }
  g->edges = grown;
  g->edges[g->edge_count] = (struct lzr_x64_edge){.from = g->block, .to = to};
  return (uint32_t)g->edge_count++ | LZR_X64_EDGE;
}
