/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Addresses: a base, a constant, and values times constants.
 */
#include "runtime/baseline/generator/operand.h"
#include "runtime/baseline/generator/operations.h"

/* How many fused addresses may be fused into one: each needs registers. */
enum { DEPTH_LIMIT = 2 };

static bool is_scale(uint32_t factor) {
  return factor == 1 || factor == 2 || factor == 4 || factor == 8;
}

/* Whether one operand can express it. */
static bool is_simple(const struct lzr_gen *g, lzr_gen_instruction i) {
  if (i->count == 0)
    return true;
  const struct lzr_ir_item *item = &g->ir->items[i->list];
  return i->count == 1 && is_scale(item->number) &&
         lzr_gen_value(g, item->value)->type.bits == 64;
}

/* An address of a symbol reaches so far, and a frame's slot about as far. */
static bool reaches(const struct lzr_gen *g, lzr_gen_instruction i) {
  const struct lzr_ir_value *base = lzr_gen_value(g, i->a);
  int64_t offset = (int32_t)i->c;
  if (base->kind == LZR_IR_SYMBOL)
    offset += base->number;
  return offset > -(1 << 24) && offset < 1 << 24;
}

static bool can_fuse(struct lzr_gen *g, lzr_gen_instruction i) {
  const struct lzr_ir_value *result = lzr_gen_value(g, i->result);
  return !result->crosses && result->uses &&
         result->uses == result->address_uses && is_simple(g, i) &&
         reaches(g, i) && lzr_gen_home(g, i->a)->depth < DEPTH_LIMIT;
}

static void fuse(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_home *base = lzr_gen_home(g, i->a);
  struct lzr_gen_home *home = lzr_gen_home(g, i->result);
  home->fusion = LZR_GEN_FUSED_ADDRESS;
  home->depth =
      base->fusion == LZR_GEN_FUSED_ADDRESS ? (uint8_t)(base->depth + 1) : 1;
}

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  for (uint32_t k = 0; k < i->count; k++)
    lzr_gen_done(g, g->ir->items[i->list + k].value);
  lzr_gen_define(g, i->result, reg);
}

/* The base and the constant, in a register of its own. */
static unsigned load_base(struct lzr_gen *g, lzr_gen_instruction i) {
  if (i->c == 0 && !lzr_gen_is_direct(g, i->a) &&
      lzr_gen_home(g, i->a)->fusion == LZR_GEN_NOT_FUSED)
    return lzr_gen_steal(g, i->a);
  struct lzr_gen_memory memory;
  unsigned reg;
  if (reaches(g, i)) {
    memory = lzr_gen_address(g, i->a);
    reg = lzr_gen_allocate(g, g->target->general);
  } else {
    reg = lzr_gen_allocate(g, g->target->general);
    lzr_gen_load_into(g, i->a, reg);
    memory = lzr_gen_at(reg, 0);
  }
  g->target->address(g, reg, lzr_gen_move(g, memory, (int32_t)i->c));
  return reg;
}

static void add_scaled(struct lzr_gen *g, unsigned reg,
                       const struct lzr_ir_item *item) {
  unsigned index = lzr_gen_extended(g, item->value, true, 8);
  if (is_scale(item->number)) {
    struct lzr_gen_memory sum = lzr_gen_at(reg, 0);
    sum.index = (uint8_t)index;
    sum.scale = (uint8_t)__builtin_ctz(item->number);
    g->target->address(g, reg, sum);
  } else {
    g->target->multiply(g, index, (int32_t)item->number);
    g->target->add(g, reg, index);
  }
  lzr_gen_release(g, index);
}

void lzr_gen_gep(struct lzr_gen *g, lzr_gen_instruction i) {
  if (can_fuse(g, i)) {
    fuse(g, i);
    return;
  }
  unsigned reg = load_base(g, i);
  for (uint32_t k = 0; k < i->count; k++)
    if (g->ir->items[i->list + k].number)
      add_scaled(g, reg, &g->ir->items[i->list + k]);
  finish(g, i, reg);
}
