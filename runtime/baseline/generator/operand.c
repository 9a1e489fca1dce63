/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/operand.h"

/* Addresses of symbols. */

/* Code may be far from the end of a large variable; LLVM draws the line here
   too. */
enum { SYMBOL_OFFSET_LIMIT = 1 << 24 };

static bool is_small_offset(int64_t offset) {
  return offset > -SYMBOL_OFFSET_LIMIT && offset < SYMBOL_OFFSET_LIMIT;
}

static void add_offset(struct lzr_gen *g, unsigned reg, int64_t offset) {
  if (offset == (int32_t)offset) {
    g->target->address(g, reg, lzr_gen_at(reg, (int32_t)offset));
    return;
  }
  unsigned other = lzr_gen_allocate(g, g->target->general);
  g->target->set(g, other, offset);
  g->target->add(g, reg, other);
  lzr_gen_release(g, other);
}

static void load_symbol(struct lzr_gen *g, uint32_t symbol, int64_t offset,
                        unsigned reg) {
  if (!g->ir->symbols[symbol].near) {
    g->target->load_got(g, reg, symbol);
    if (offset)
      add_offset(g, reg, offset);
    return;
  }
  bool is_small = is_small_offset(offset);
  struct lzr_gen_memory there = {.base = LZR_GEN_SYMBOL,
                                 .index = LZR_GEN_NONE,
                                 .offset = is_small ? (int32_t)offset : 0,
                                 .symbol = symbol};
  g->target->address(g, reg, there);
  if (!is_small)
    add_offset(g, reg, offset);
}

/* Loading. */

/* A value that crosses may be needed where the code has not made it yet; what
   runs has. */
static void load_slot(struct lzr_gen *g, uint32_t value, unsigned reg) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  if (!home->stored && !v->crosses)
    lzr_ir_refuse(g->ir, "a value that is used before it is made");
  lzr_gen_load_slot(g, v->type, reg, lzr_gen_slot(g, value));
}

void lzr_gen_load_into(struct lzr_gen *g, uint32_t value, unsigned reg) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  const struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (v->type.class == LZR_IR_AGGREGATE)
    lzr_ir_refuse(g->ir, "an aggregate where a number belongs");
  else if (v->kind == LZR_IR_CONSTANT)
    g->target->constant(g, v, reg);
  else if (v->kind == LZR_IR_SYMBOL)
    load_symbol(g, v->origin, v->number, reg);
  else if (home->in_frame)
    g->target->address(g, reg, lzr_gen_frame(g, home->slot));
  else if (home->reg >= 0 && (unsigned)home->reg != reg)
    g->target->copy(g, reg, (unsigned)home->reg);
  else if (home->reg >= 0)
    return;
  else if (home->fusion == LZR_GEN_FUSED_ADDRESS)
    g->target->address(g, reg, lzr_gen_address(g, value));
  else
    load_slot(g, value, reg);
}

/* Whether a register may go on holding the value for later uses. */
static bool is_cached(struct lzr_gen *g, uint32_t value) {
  const struct lzr_gen_home *home = lzr_gen_home(g, value);
  uint8_t kind = lzr_gen_value(g, value)->kind;
  return (kind == LZR_IR_RESULT || kind == LZR_IR_ARGUMENT) &&
         !home->in_frame && home->fusion == LZR_GEN_NOT_FUSED;
}

unsigned lzr_gen_use(struct lzr_gen *g, uint32_t value) {
  const struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (home->reg >= 0) {
    g->locked |= LZR_GEN_BIT((unsigned)home->reg);
    return (unsigned)home->reg;
  }
  unsigned reg =
      lzr_gen_allocate(g, lzr_gen_set_of(g, lzr_gen_value(g, value)->type));
  lzr_gen_load_into(g, value, reg);
  if (is_cached(g, value))
    lzr_gen_cache(g, value, reg);
  return reg;
}

unsigned lzr_gen_steal(struct lzr_gen *g, uint32_t value) {
  const struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (home->reg >= 0 && home->uses == 1 &&
      !(g->locked & LZR_GEN_BIT((unsigned)home->reg))) {
    unsigned reg = (unsigned)home->reg;
    lzr_gen_uncache(g, value);
    g->free &= ~LZR_GEN_BIT(reg);
    g->locked |= LZR_GEN_BIT(reg);
    return reg;
  }
  unsigned reg =
      lzr_gen_allocate(g, lzr_gen_set_of(g, lzr_gen_value(g, value)->type));
  lzr_gen_load_into(g, value, reg);
  return reg;
}

unsigned lzr_gen_extended(struct lzr_gen *g, uint32_t value, bool is_signed,
                          unsigned size) {
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  lzr_gen_load_into(g, value, reg);
  g->target->extend(g, reg, lzr_gen_value(g, value)->type.bits, is_signed,
                    size);
  return reg;
}

/* Operands in memory. */

struct lzr_gen_memory lzr_gen_move(struct lzr_gen *g,
                                   struct lzr_gen_memory memory,
                                   int64_t distance) {
  int64_t offset = memory.offset + distance;
  if (offset != (int32_t)offset)
    lzr_ir_refuse(g->ir, "an offset beyond 32 bits");
  memory.offset = (int32_t)offset;
  return memory;
}

bool lzr_gen_is_direct(const struct lzr_gen *g, uint32_t value) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  if (v->kind == LZR_IR_SYMBOL)
    return g->ir->symbols[v->origin].near && is_small_offset(v->number);
  return g->homes[value].in_frame;
}

static struct lzr_gen_memory direct_address(const struct lzr_gen *g,
                                            uint32_t value) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  if (v->kind != LZR_IR_SYMBOL)
    return lzr_gen_frame(g, g->homes[value].slot);
  return (struct lzr_gen_memory){.base = LZR_GEN_SYMBOL,
                                 .index = LZR_GEN_NONE,
                                 .offset = (int32_t)v->number,
                                 .symbol = v->origin};
}

/* Adds a fused address' index. An operand has room for one, and none relative
   to a symbol. */
static struct lzr_gen_memory add_index(struct lzr_gen *g,
                                       struct lzr_gen_memory memory,
                                       const struct lzr_ir_item *item) {
  unsigned index = lzr_gen_use(g, item->value);
  if (memory.base == LZR_GEN_SYMBOL || memory.index != LZR_GEN_NONE) {
    unsigned reg = lzr_gen_allocate(g, g->target->general);
    g->target->address(g, reg, memory);
    memory = lzr_gen_at(reg, 0);
  }
  memory.index = (uint8_t)index;
  memory.scale = (uint8_t)__builtin_ctz(item->number);
  return memory;
}

static struct lzr_gen_memory fused_address(struct lzr_gen *g, uint32_t value) {
  const struct lzr_ir_instruction *gep =
      &g->ir->instructions[lzr_gen_value(g, value)->origin];
  struct lzr_gen_memory memory = lzr_gen_address(g, gep->a);
  if (gep->count)
    memory = add_index(g, memory, &g->ir->items[gep->list]);
  return lzr_gen_move(g, memory, (int32_t)gep->c);
}

struct lzr_gen_memory lzr_gen_address(struct lzr_gen *g, uint32_t value) {
  if (lzr_gen_is_direct(g, value))
    return direct_address(g, value);
  if (lzr_gen_home(g, value)->fusion == LZR_GEN_FUSED_ADDRESS)
    return fused_address(g, value);
  return lzr_gen_at(lzr_gen_use(g, value), 0);
}

/* Immediate operands. */

bool lzr_gen_fits_immediate(const struct lzr_gen *g, uint32_t value,
                            int32_t *number) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  *number = (int32_t)v->number;
  return v->kind == LZR_IR_CONSTANT && v->type.class == LZR_IR_INTEGER &&
         v->number == *number;
}
