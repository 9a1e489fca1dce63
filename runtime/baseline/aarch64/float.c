/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Arithmetic of float and double, and conversions from and to integers.
 */
#include "runtime/baseline/aarch64/operations.h"

static struct lzr_ir_type type_of(const struct lzr_gen *g, uint32_t value) {
  return lzr_gen_value(g, value)->type;
}

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  if (i->b)
    lzr_gen_done(g, i->b);
  lzr_gen_define(g, i->result, reg);
}

static uint32_t operation_of(uint8_t operation) {
  switch (operation) {
  case LZR_IR_FADD:
    return LZR_A64_FADD;
  case LZR_IR_FSUB:
    return LZR_A64_FSUB;
  case LZR_IR_FMUL:
    return LZR_A64_FMUL;
  case LZR_IR_FDIV:
    return LZR_A64_FDIV;
  case LZR_IR_FNEGATE:
    return LZR_A64_FNEG;
  case LZR_IR_FABSOLUTE:
    return LZR_A64_FABS;
  default:
    return LZR_A64_FSQRT;
  }
}

void lzr_a64_float_arithmetic(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_steal(g, i->a), other = lzr_gen_use(g, i->b);
  lzr_a64_float(g->code, operation_of(i->operation),
                lzr_a64_is_double(type_of(g, i->result)), lzr_a64_number(reg),
                lzr_a64_number(reg), lzr_a64_number(other));
  finish(g, i, reg);
}

void lzr_a64_float_unary(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_steal(g, i->a);
  lzr_a64_float(g->code, operation_of(i->operation),
                lzr_a64_is_double(type_of(g, i->result)), lzr_a64_number(reg),
                lzr_a64_number(reg), 0);
  finish(g, i, reg);
}

/* Conversions. */

void lzr_a64_convert(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type from = type_of(g, i->a), to = type_of(g, i->result);
  unsigned reg = lzr_gen_steal(g, i->a);
  if (from.class != to.class)
    lzr_a64_float(g->code,
                  lzr_gen_by_class(from, LZR_A64_TO_DOUBLE, LZR_A64_TO_FLOAT),
                  false, lzr_a64_number(reg), lzr_a64_number(reg), 0);
  finish(g, i, reg);
}

void lzr_a64_to_integer(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = lzr_gen_wide(type_of(g, i->result).bits);
  unsigned from = lzr_gen_use(g, i->a);
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  lzr_a64_cross(g->code,
                i->operation == LZR_IR_TO_SIGNED ? LZR_A64_FCVTZS
                                                 : LZR_A64_FCVTZU,
                size, lzr_a64_is_double(type_of(g, i->a)), lzr_a64_number(reg),
                lzr_a64_number(from));
  finish(g, i, reg);
}

void lzr_a64_from_integer(struct lzr_gen *g, lzr_gen_instruction i) {
  bool is_signed = i->operation == LZR_IR_FROM_SIGNED;
  unsigned size = lzr_gen_wide(type_of(g, i->a).bits);
  unsigned from = lzr_gen_extended(g, i->a, is_signed, size);
  unsigned reg = lzr_gen_allocate(g, g->target->floating);
  lzr_a64_cross(g->code, is_signed ? LZR_A64_SCVTF : LZR_A64_UCVTF, size,
                lzr_a64_is_double(type_of(g, i->result)), lzr_a64_number(reg),
                lzr_a64_number(from));
  finish(g, i, reg);
}

/* The same bits. */
void lzr_a64_bitcast(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type from = type_of(g, i->a), to = type_of(g, i->result);
  bool enters = lzr_gen_is_floating_type(to);
  unsigned size = lzr_gen_by_class(enters ? to : from, 4, 8);
  unsigned old = lzr_gen_use(g, i->a);
  unsigned reg = lzr_gen_allocate(g, lzr_gen_set_of(g, to));
  lzr_a64_cross(g->code, enters ? LZR_A64_FMOV_TO : LZR_A64_FMOV_FROM, size,
                size == 8, lzr_a64_number(reg), lzr_a64_number(old));
  finish(g, i, reg);
}
