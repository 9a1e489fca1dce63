/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Loads, stores, and parts of aggregates.
 */
#include "runtime/baseline/generator/access.h"
#include "runtime/baseline/generator/operations.h"

static uint32_t size_of_aggregate(const struct lzr_gen *g, uint32_t value) {
  return g->ir->layouts[lzr_gen_value(g, value)->type.layout].size;
}

/* Loads the result from memory that the caller is done with only after this. */
static void read_result(struct lzr_gen *g, lzr_gen_instruction i,
                        struct lzr_gen_memory from) {
  struct lzr_ir_type type = lzr_gen_value(g, i->result)->type;
  if (type.class == LZR_IR_AGGREGATE) {
    lzr_gen_copy_bytes(g, lzr_gen_frame(g, lzr_gen_slot(g, i->result)), from,
                       size_of_aggregate(g, i->result));
    lzr_gen_define_stored(g, i->result);
    lzr_gen_done(g, i->a);
    return;
  }
  unsigned reg = lzr_gen_allocate(g, lzr_gen_set_of(g, type));
  lzr_gen_read(g, type, reg, from);
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

/* Whether an access must be one of those that keep an order. */
static bool is_in_order(const struct lzr_gen *g, lzr_gen_instruction i) {
  return i->sub == LZR_IR_SEQUENTIAL ||
         (i->sub == LZR_IR_ATOMIC && g->target->load_in_order);
}

static void load_in_order(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type type = lzr_gen_value(g, i->result)->type;
  struct lzr_gen_memory from = lzr_gen_address(g, i->a);
  unsigned reg = lzr_gen_allocate(g, lzr_gen_set_of(g, type));
  g->target->load_in_order(g, type, reg, from);
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

void lzr_gen_load(struct lzr_gen *g, lzr_gen_instruction i) {
  if (is_in_order(g, i))
    load_in_order(g, i);
  else
    read_result(g, i, lzr_gen_address(g, i->a));
}

void lzr_gen_store_to(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_memory to = lzr_gen_address(g, i->b);
  if (is_in_order(g, i))
    g->target->store_in_order(g, i->a, to);
  else
    lzr_gen_write_value(g, i->a, to);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}

void lzr_gen_copy_memory(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_memory to = lzr_gen_address(g, i->a);
  lzr_gen_copy_bytes(g, to, lzr_gen_address(g, i->b), i->c);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}

void lzr_gen_copy_arguments(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_memory to = lzr_gen_address(g, i->a);
  lzr_gen_copy_bytes(g, to, lzr_gen_address(g, i->b), g->target->argument_list);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}

void lzr_gen_clear_memory(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_gen_clear_bytes(g, lzr_gen_address(g, i->a), i->c);
  lzr_gen_done(g, i->a);
}

/* Aggregates. */

/* A constant aggregate is all zero. */
static void extract_zero(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type type = lzr_gen_value(g, i->result)->type;
  if (type.class == LZR_IR_AGGREGATE) {
    lzr_gen_clear_bytes(g, lzr_gen_frame(g, lzr_gen_slot(g, i->result)),
                        size_of_aggregate(g, i->result));
    lzr_gen_define_stored(g, i->result);
    return;
  }
  unsigned reg = lzr_gen_allocate(g, lzr_gen_set_of(g, type));
  g->target->zero(g, reg);
  lzr_gen_define(g, i->result, reg);
}

void lzr_gen_extract(struct lzr_gen *g, lzr_gen_instruction i) {
  if (lzr_gen_value(g, i->a)->kind == LZR_IR_CONSTANT)
    extract_zero(g, i);
  else
    read_result(g, i,
                lzr_gen_move(g, lzr_gen_frame(g, lzr_gen_slot(g, i->a)), i->c));
}

void lzr_gen_insert(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_memory to = lzr_gen_frame(g, lzr_gen_slot(g, i->result));
  lzr_gen_write_value(g, i->a, to);
  lzr_gen_write_value(g, i->b, lzr_gen_move(g, to, i->c));
  lzr_gen_define_stored(g, i->result);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}
