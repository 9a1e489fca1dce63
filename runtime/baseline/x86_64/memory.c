/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Loads, stores, and parts of aggregates.
 */
#include "runtime/baseline/x86_64/access.h"
#include "runtime/baseline/x86_64/operations.h"

static uint32_t size_of_aggregate(const struct lzr_x64 *g, uint32_t value) {
  return g->ir->layouts[lzr_x64_value(g, value)->type.layout].size;
}

/* Loads the result from memory that the caller is done with only after this. */
static void read_result(struct lzr_x64 *g, lzr_x64_instruction i,
                        struct lzr_x64_memory from) {
  struct lzr_ir_type type = lzr_x64_value(g, i->result)->type;
  if (type.class == LZR_IR_AGGREGATE) {
    lzr_x64_copy_bytes(g, lzr_x64_frame(lzr_x64_slot(g, i->result)), from,
                       size_of_aggregate(g, i->result));
    lzr_x64_define_stored(g, i->result);
    lzr_x64_done(g, i->a);
    return;
  }
  unsigned reg = lzr_x64_allocate(g, lzr_x64_set_of(type));
  lzr_x64_read(g, type, reg, from);
  lzr_x64_done(g, i->a);
  lzr_x64_define(g, i->result, reg);
}

void lzr_x64_load(struct lzr_x64 *g, lzr_x64_instruction i) {
  read_result(g, i, lzr_x64_address(g, i->a));
}

/* A locked exchange is the shortest instruction that no later load passes. */
static void store_in_order(struct lzr_x64 *g, lzr_x64_instruction i,
                           struct lzr_x64_memory to) {
  unsigned reg = lzr_x64_allocate(g, LZR_X64_GENERAL);
  lzr_x64_load_into(g, i->a, reg);
  lzr_x64_memory(g->code, LZR_X64_XCHG,
                 lzr_x64_size(lzr_x64_value(g, i->a)->type.bits), reg, to, 0);
}

void lzr_x64_store_to(struct lzr_x64 *g, lzr_x64_instruction i) {
  struct lzr_x64_memory to = lzr_x64_address(g, i->b);
  if (i->sub)
    store_in_order(g, i, to);
  else
    lzr_x64_write_value(g, i->a, to);
  lzr_x64_done(g, i->a);
  lzr_x64_done(g, i->b);
}

void lzr_x64_copy_memory(struct lzr_x64 *g, lzr_x64_instruction i) {
  struct lzr_x64_memory to = lzr_x64_address(g, i->a);
  lzr_x64_copy_bytes(g, to, lzr_x64_address(g, i->b), i->c);
  lzr_x64_done(g, i->a);
  lzr_x64_done(g, i->b);
}

void lzr_x64_clear_memory(struct lzr_x64 *g, lzr_x64_instruction i) {
  lzr_x64_clear_bytes(g, lzr_x64_address(g, i->a), i->c);
  lzr_x64_done(g, i->a);
}

/* Aggregates. */

/* A constant aggregate is all zero. */
static void extract_zero(struct lzr_x64 *g, lzr_x64_instruction i) {
  struct lzr_ir_type type = lzr_x64_value(g, i->result)->type;
  if (type.class == LZR_IR_AGGREGATE) {
    lzr_x64_clear_bytes(g, lzr_x64_frame(lzr_x64_slot(g, i->result)),
                        size_of_aggregate(g, i->result));
    lzr_x64_define_stored(g, i->result);
    return;
  }
  unsigned reg = lzr_x64_allocate(g, lzr_x64_set_of(type));
  uint32_t clear = lzr_x64_in_xmm(type) ? LZR_X64_XORPS : LZR_X64_XOR;
  lzr_x64_registers(g->code, clear, 4, reg, reg);
  lzr_x64_define(g, i->result, reg);
}

void lzr_x64_extract(struct lzr_x64 *g, lzr_x64_instruction i) {
  if (lzr_x64_value(g, i->a)->kind == LZR_IR_CONSTANT)
    extract_zero(g, i);
  else
    read_result(g, i,
                lzr_x64_move(g, lzr_x64_frame(lzr_x64_slot(g, i->a)), i->c));
}

void lzr_x64_insert(struct lzr_x64 *g, lzr_x64_instruction i) {
  struct lzr_x64_memory to = lzr_x64_frame(lzr_x64_slot(g, i->result));
  lzr_x64_write_value(g, i->a, to);
  lzr_x64_write_value(g, i->b, lzr_x64_move(g, to, i->c));
  lzr_x64_define_stored(g, i->result);
  lzr_x64_done(g, i->a);
  lzr_x64_done(g, i->b);
}
