/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/cache.h"

/* Frame. */

enum { FRAME_LIMIT = 1 << 28 };

int32_t lzr_gen_new_slot(struct lzr_gen *g, uint32_t size, uint32_t align) {
  if (size <= 8 && align <= 8 && g->spare_count)
    return g->spare_slots[--g->spare_count];
  uint32_t mask = (align < 8 ? 8 : align) - 1;
  if (size > FRAME_LIMIT || g->frame > FRAME_LIMIT) {
    lzr_ir_refuse(g->ir, "a large frame");
    return -8;
  }
  g->frame = (int32_t)(((uint32_t)g->frame + size + mask) & ~mask);
  return -g->frame;
}

int32_t lzr_gen_slot(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  const struct lzr_ir_type *type = &g->ir->values[value].type;
  if (home->slot)
    return home->slot;
  if (type->class == LZR_IR_AGGREGATE) {
    const struct lzr_ir_layout *layout = &g->ir->layouts[type->layout];
    home->slot = lzr_gen_new_slot(g, layout->size ? layout->size : 1, 16);
  } else {
    home->slot = lzr_gen_new_slot(g, 8, 8);
  }
  return home->slot;
}

void lzr_gen_load_slot(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                       int32_t slot) {
  g->target->load(g, lzr_gen_slot_size(type), reg, lzr_gen_frame(g, slot));
}

void lzr_gen_store_slot(struct lzr_gen *g, struct lzr_ir_type type,
                        unsigned reg, int32_t slot) {
  g->target->store(g, lzr_gen_slot_size(type), reg, lzr_gen_frame(g, slot));
}

/* Registers. */

static void hold_nothing(struct lzr_gen *g, unsigned reg) {
  if (g->held[reg])
    lzr_gen_home(g, g->held[reg])->reg = -1;
  g->held[reg] = 0;
}

void lzr_gen_store(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (home->stored || home->reg < 0)
    return;
  lzr_gen_store_slot(g, g->ir->values[value].type, (unsigned)home->reg,
                     lzr_gen_slot(g, value));
  home->stored = true;
}

void lzr_gen_take(struct lzr_gen *g, unsigned reg) {
  if (g->held[reg])
    lzr_gen_store(g, g->held[reg]);
  hold_nothing(g, reg);
  g->free &= ~LZR_GEN_BIT(reg);
  g->locked |= LZR_GEN_BIT(reg);
}

static unsigned lowest(uint32_t set) {
  return (unsigned)__builtin_ctz(set);
}

/* Takes turns, so that a value that has just been loaded is not the next one to
   go. */
static unsigned choose_victim(struct lzr_gen *g, uint32_t set) {
  unsigned turn = g->turn++ & 31;
  uint32_t later = set >> turn << turn;
  return lowest(later ? later : set);
}

unsigned lzr_gen_allocate(struct lzr_gen *g, uint32_t set) {
  uint32_t candidates = set & ~g->locked & ~g->reserved;
  if (!candidates) {
    lzr_ir_refuse(g->ir, "too few registers");
    return lowest(set);
  }
  uint32_t unused = candidates & g->free;
  unsigned reg = unused ? lowest(unused) : choose_victim(g, candidates);
  lzr_gen_take(g, reg);
  return reg;
}

void lzr_gen_release(struct lzr_gen *g, unsigned reg) {
  g->locked &= ~LZR_GEN_BIT(reg);
  if (!g->held[reg])
    g->free |= LZR_GEN_BIT(reg);
}

void lzr_gen_cache(struct lzr_gen *g, uint32_t value, unsigned reg) {
  lzr_gen_home(g, value)->reg = (int8_t)reg;
  g->held[reg] = value;
  g->free &= ~LZR_GEN_BIT(reg);
}

void lzr_gen_uncache(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (home->reg >= 0)
    hold_nothing(g, (unsigned)home->reg);
}

/* A block that comes earlier in the code may have used it already. */
void lzr_gen_define(struct lzr_gen *g, uint32_t value, unsigned reg) {
  lzr_gen_cache(g, value, reg);
  if (g->ir->values[value].crosses)
    lzr_gen_store(g, value);
  if (!lzr_gen_home(g, value)->uses)
    lzr_gen_uncache(g, value);
}

void lzr_gen_define_stored(struct lzr_gen *g, uint32_t value) {
  lzr_gen_slot(g, value);
  lzr_gen_home(g, value)->stored = true;
}

/* The end of a value. */

enum { SPARES = sizeof((struct lzr_gen *)0)->spare_slots / sizeof(int32_t) };

static void reuse_slot(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  if (v->crosses || v->type.class == LZR_IR_AGGREGATE || home->slot >= 0 ||
      g->spare_count == SPARES)
    return;
  g->spare_slots[g->spare_count++] = home->slot;
  home->slot = 0;
  home->stored = false;
}

static void finish_value(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (home->reg >= 0) {
    unsigned reg = (unsigned)home->reg;
    hold_nothing(g, reg);
    if (!(g->locked & LZR_GEN_BIT(reg)))
      g->free |= LZR_GEN_BIT(reg);
  }
  reuse_slot(g, value);
}

/* A fused address used its base and indexes at each of its own uses, and is
   done with them at the last one. */
static void finish_fused(struct lzr_gen *g, uint32_t value) {
  const struct lzr_ir *ir = g->ir;
  const struct lzr_ir_instruction *gep =
      &ir->instructions[ir->values[value].origin];
  lzr_gen_home(g, value)->fusion = LZR_GEN_NOT_FUSED;
  lzr_gen_done(g, gep->a);
  for (uint32_t i = 0; i < gep->count; i++)
    lzr_gen_done(g, ir->items[gep->list + i].value);
}

void lzr_gen_done(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  uint8_t kind = g->ir->values[value].kind;
  if ((kind != LZR_IR_RESULT && kind != LZR_IR_ARGUMENT) || home->in_frame)
    return;
  if (home->uses && --home->uses)
    return;
  if (home->fusion == LZR_GEN_FUSED_ADDRESS)
    finish_fused(g, value);
  else
    finish_value(g, value);
}

/* Many registers at once. */

void lzr_gen_end_instruction(struct lzr_gen *g) {
  uint32_t locked = g->locked;
  g->locked = 0;
  while (locked) {
    unsigned reg = lowest(locked);
    locked &= locked - 1;
    if (!g->held[reg])
      g->free |= LZR_GEN_BIT(reg);
  }
}

void lzr_gen_forget_registers(struct lzr_gen *g) {
  for (unsigned reg = 0; reg < LZR_GEN_REGISTERS; reg++)
    hold_nothing(g, reg);
  g->free = g->target->general | g->target->floating;
  g->locked = 0;
}

void lzr_gen_forget_own_values(struct lzr_gen *g) {
  for (unsigned reg = 0; reg < LZR_GEN_REGISTERS; reg++)
    if (g->held[reg] && !g->ir->values[g->held[reg]].crosses) {
      hold_nothing(g, reg);
      g->free |= LZR_GEN_BIT(reg);
    }
}
