/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Atomic operations that are one instruction.
 */
#include "runtime/baseline/generator/access.h"
#include "runtime/baseline/x86_64/operations.h"

enum { LOCK = 0xf0 };

static unsigned size_of(const struct lzr_gen *g, uint32_t value) {
  return lzr_gen_size(lzr_gen_value(g, value)->type.bits);
}

/* XCHG locks by itself. */
void lzr_x64_exchange(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_memory at = lzr_gen_address(g, i->a);
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_gen_load_into(g, i->b, reg);
  bool adds = i->operation == LZR_IR_EXCHANGE_ADD;
  if (adds)
    lzr_x64_bytes(g->code, LOCK, 1);
  lzr_x64_memory(g->code, adds ? LZR_X64_XADD : LZR_X64_XCHG, size_of(g, i->b),
                 reg, at, 0);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
  lzr_gen_define(g, i->result, reg);
}

/* RAX has what is expected, then what was there; Z says whether that was the
   same. */
void lzr_x64_compare_exchange(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = size_of(g, i->b);
  struct lzr_gen_memory result = lzr_gen_frame(g, lzr_gen_slot(g, i->result));
  lzr_gen_take(g, LZR_RAX);
  struct lzr_gen_memory at = lzr_gen_address(g, i->a);
  unsigned comes = lzr_gen_use(g, i->c);
  lzr_gen_load_into(g, i->b, LZR_RAX);
  lzr_x64_bytes(g->code, LOCK, 1);
  lzr_x64_memory(g->code, LZR_X64_CMPXCHG, size, comes, at, 0);
  lzr_x64_memory(g->code, LZR_X64_MOV, size, LZR_RAX, result, 0);
  lzr_x64_memory(g->code, LZR_X64_SETCC | LZR_X64_E, 4, 0,
                 lzr_gen_move(g, result, i->count), 0);
  lzr_gen_define_stored(g, i->result);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
  lzr_gen_done(g, i->c);
}

void lzr_x64_update(struct lzr_gen *g, lzr_gen_instruction i) {
  uint32_t operation = i->sub == LZR_IR_AND  ? LZR_X64_AND
                       : i->sub == LZR_IR_OR ? LZR_X64_OR
                                             : LZR_X64_XOR;
  struct lzr_gen_memory at = lzr_gen_address(g, i->a);
  unsigned reg = lzr_gen_use(g, i->b);
  lzr_x64_bytes(g->code, LOCK, 1);
  lzr_x64_memory(g->code, operation, size_of(g, i->b), reg, at, 0);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}

/* Weaker orders need no instruction. */
void lzr_x64_fence(struct lzr_gen *g, lzr_gen_instruction i) {
  if (i->sub == LZR_IR_SEQUENTIAL)
    lzr_x64_bytes(g->code, 0xf0ae0f, 3); /* mfence */
}

/* A locked exchange is the shortest instruction that no later load passes. */
void lzr_x64_store_in_order(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_gen_load_into(g, value, reg);
  lzr_x64_memory(g->code, LZR_X64_XCHG, size_of(g, value), reg, to, 0);
}
