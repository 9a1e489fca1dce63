/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Atomic operations. Loads acquire and stores release, whatever weaker order is
 * asked for; what does both at once tries until nobody has come in between,
 * which every CPU can. The address is in x16.
 */
#include "runtime/baseline/aarch64/operations.h"

static unsigned size_of(const struct lzr_gen *g, uint32_t value) {
  return lzr_gen_size(lzr_gen_value(g, value)->type.bits);
}

/* Only what is in general registers. */
static bool is_integer(struct lzr_gen *g, struct lzr_ir_type type) {
  if (type.class == LZR_IR_INTEGER)
    return true;
  lzr_ir_refuse(g->ir, "an atomic operation");
  return false;
}

void lzr_a64_store_in_order(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to) {
  if (!is_integer(g, lzr_gen_value(g, value)->type))
    return;
  unsigned reg = lzr_gen_use(g, value);
  g->target->address(g, LZR_A64_X16, to);
  lzr_a64_store_release(g->code, size_of(g, value), lzr_a64_number(reg),
                        LZR_A64_IP0);
}

void lzr_a64_load_in_order(struct lzr_gen *g, struct lzr_ir_type type,
                           unsigned reg, struct lzr_gen_memory from) {
  if (!is_integer(g, type))
    return;
  g->target->address(g, LZR_A64_X16, from);
  lzr_a64_load_acquire(g->code, lzr_gen_size(type.bits), lzr_a64_number(reg),
                       LZR_A64_IP0);
}

/* Tries again unless the store took place. */
static void try_again(struct lzr_gen *g, unsigned status, uint32_t start) {
  lzr_a64_word(g->code, LZR_A64_CBNZ | status);
  uint32_t end = (uint32_t)g->code->size;
  lzr_a64_write_distance(g, end - 4, end, start);
}

static uint32_t operation_of(lzr_gen_instruction i) {
  if (i->operation == LZR_IR_EXCHANGE_ADD)
    return LZR_A64_ADD;
  return i->sub == LZR_IR_AND  ? LZR_A64_AND
         : i->sub == LZR_IR_OR ? LZR_A64_ORR
                               : LZR_A64_EOR;
}

/* Exchanges, additions, and updates, which have no result. */
void lzr_a64_exchange(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = size_of(g, i->b);
  struct lzr_gen_memory at = lzr_gen_address(g, i->a);
  unsigned value = lzr_a64_number(lzr_gen_use(g, i->b)), comes = value;
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  unsigned old = lzr_a64_number(reg);
  unsigned status = lzr_a64_number(lzr_gen_allocate(g, g->target->general));
  g->target->address(g, LZR_A64_X16, at);
  uint32_t start = (uint32_t)g->code->size;
  lzr_a64_load_exclusive(g->code, size, old, LZR_A64_IP0);
  if (i->operation != LZR_IR_EXCHANGE) {
    comes = LZR_A64_IP1;
    lzr_a64_combine(g->code, operation_of(i), size == 8 ? 8 : 4, comes, old,
                    value);
  }
  lzr_a64_store_exclusive(g->code, size, status, comes, LZR_A64_IP0);
  try_again(g, status, start);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
  if (i->result)
    lzr_gen_define(g, i->result, reg);
}

/* What is loaded has zeros above, so what is expected must have them too. */
void lzr_a64_compare_exchange(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = size_of(g, i->b), wide = size == 8 ? 8 : 4;
  struct lzr_gen_memory to = lzr_gen_frame(g, lzr_gen_slot(g, i->result));
  struct lzr_gen_memory at = lzr_gen_address(g, i->a);
  unsigned comes = lzr_a64_number(lzr_gen_use(g, i->c));
  unsigned expected = lzr_a64_number(lzr_gen_extended(g, i->b, false, wide));
  unsigned old = lzr_gen_allocate(g, g->target->general);
  unsigned status = lzr_gen_allocate(g, g->target->general);
  g->target->address(g, LZR_A64_X16, at);
  uint32_t start = (uint32_t)g->code->size;
  lzr_a64_load_exclusive(g->code, size, lzr_a64_number(old), LZR_A64_IP0);
  lzr_a64_combine(g->code, LZR_A64_SUBS, wide, LZR_A64_ZERO,
                  lzr_a64_number(old), expected);
  size_t differs = lzr_a64_skip_if(g, LZR_A64_NE);
  lzr_a64_store_exclusive(g->code, size, lzr_a64_number(status), comes,
                          LZR_A64_IP0);
  try_again(g, lzr_a64_number(status), start);
  lzr_a64_land(g, differs);
  lzr_a64_set_if(g->code, lzr_a64_number(status), LZR_A64_EQ);
  g->target->store(g, size, old, to);
  g->target->store(g, 1, status, lzr_gen_move(g, to, i->count));
  lzr_gen_define_stored(g, i->result);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
  lzr_gen_done(g, i->c);
}

void lzr_a64_fence(struct lzr_gen *g, lzr_gen_instruction i) {
  (void)i;
  lzr_a64_word(g->code, UINT32_C(0xd5033bbf)); /* dmb ish */
}
