/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Integer arithmetic. Bits above an integer's width are not defined, so an
 * operation that looks at them extends its operands first.
 */
#include "runtime/baseline/aarch64/operations.h"

void lzr_a64_extend(struct lzr_gen *g, unsigned reg, unsigned bits,
                    bool is_signed, unsigned size) {
  if (bits >= size * 8)
    return;
  unsigned rd = lzr_a64_number(reg);
  unsigned wide = is_signed || bits > 32 ? size : 4;
  lzr_a64_bits(g->code, is_signed, wide, rd, rd, 0, bits - 1);
}

static unsigned result_bits(const struct lzr_gen *g, lzr_gen_instruction i) {
  return lzr_gen_value(g, i->result)->type.bits;
}

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  if (i->b)
    lzr_gen_done(g, i->b);
  lzr_gen_define(g, i->result, reg);
}

/* Sums and the like. */

static uint32_t operation_of(uint8_t operation) {
  switch (operation) {
  case LZR_IR_ADD:
    return LZR_A64_ADD;
  case LZR_IR_SUB:
    return LZR_A64_SUB;
  case LZR_IR_MUL:
    return LZR_A64_MUL;
  case LZR_IR_AND:
    return LZR_A64_AND;
  case LZR_IR_OR:
    return LZR_A64_ORR;
  default:
    return LZR_A64_EOR;
  }
}

/* Adds or subtracts a constant, if one instruction can. */
static bool add_immediate(struct lzr_gen *g, uint8_t operation,
                          uint32_t operand, unsigned size, unsigned reg) {
  int32_t number;
  bool sums = operation == LZR_IR_ADD || operation == LZR_IR_SUB;
  if (!sums || !lzr_gen_fits_immediate(g, operand, &number) ||
      number <= -4096 || number >= 4096)
    return false;
  bool adds = (operation == LZR_IR_ADD) == (number >= 0);
  lzr_a64_immediate(g->code, adds ? LZR_A64_ADD_IMM : LZR_A64_SUB_IMM, size,
                    reg, reg, (uint32_t)(number < 0 ? -number : number), false);
  return true;
}

/* The CPU's register of an operand, x17 for a constant. */
static unsigned operand(struct lzr_gen *g, uint32_t value, unsigned size) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  if (v->kind != LZR_IR_CONSTANT)
    return lzr_a64_number(lzr_gen_use(g, value));
  lzr_a64_set(g->code, LZR_A64_IP1,
              size == 4 ? (uint32_t)v->number : (uint64_t)v->number);
  return LZR_A64_IP1;
}

void lzr_a64_arithmetic(struct lzr_gen *g, lzr_gen_instruction i) {
  uint32_t left = i->a, right = i->b;
  if (lzr_ir_is_constant(g->ir, left) && i->operation != LZR_IR_SUB) {
    left = i->b;
    right = i->a;
  }
  unsigned size = lzr_gen_wide(result_bits(g, i));
  unsigned reg = lzr_gen_steal(g, left), rd = lzr_a64_number(reg);
  if (!add_immediate(g, i->operation, right, size, rd))
    lzr_a64_combine(g->code, operation_of(i->operation), size, rd, rd,
                    operand(g, right, size));
  finish(g, i, reg);
}

/* Shifts. A distance that is not below the width gives poison, so bits of it
   above do not matter, but those beyond its own width do: the CPU takes the low
   5 or 6 bits. */

static uint32_t shift_of(uint8_t operation) {
  return operation == LZR_IR_SHL    ? LZR_A64_LSLV
         : operation == LZR_IR_LSHR ? LZR_A64_LSRV
                                    : LZR_A64_ASRV;
}

/* A value for a shift to the right, with the bits that come from the left. */
static unsigned load_shifted(struct lzr_gen *g, lzr_gen_instruction i,
                             unsigned size) {
  if (i->operation == LZR_IR_SHL || result_bits(g, i) == size * 8)
    return lzr_gen_steal(g, i->a);
  return lzr_gen_extended(g, i->a, i->operation == LZR_IR_ASHR, size);
}

static unsigned load_distance(struct lzr_gen *g, uint32_t value) {
  return lzr_gen_value(g, value)->type.bits < 8
             ? lzr_gen_extended(g, value, false, 4)
             : lzr_gen_use(g, value);
}

static void shift_by_constant(struct lzr_gen *g, lzr_gen_instruction i,
                              unsigned size, unsigned rd) {
  unsigned distance = (unsigned)lzr_gen_value(g, i->b)->number & (size * 8 - 1);
  if (i->operation == LZR_IR_SHL)
    lzr_a64_shift_left(g->code, size, rd, rd, distance);
  else
    lzr_a64_shift_right(g->code, i->operation == LZR_IR_ASHR, size, rd, rd,
                        distance);
}

void lzr_a64_shift(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = lzr_gen_wide(result_bits(g, i)), reg;
  if (lzr_ir_is_constant(g->ir, i->b)) {
    reg = load_shifted(g, i, size);
    shift_by_constant(g, i, size, lzr_a64_number(reg));
  } else {
    unsigned distance = lzr_a64_number(load_distance(g, i->b));
    reg = load_shifted(g, i, size);
    lzr_a64_combine(g->code, shift_of(i->operation), size, lzr_a64_number(reg),
                    lzr_a64_number(reg), distance);
  }
  finish(g, i, reg);
}

/* Division. */

static unsigned load_operand(struct lzr_gen *g, uint32_t value, bool is_signed,
                             unsigned size) {
  return lzr_gen_value(g, value)->type.bits == size * 8
             ? lzr_gen_use(g, value)
             : lzr_gen_extended(g, value, is_signed, size);
}

void lzr_a64_divide(struct lzr_gen *g, lzr_gen_instruction i) {
  bool is_signed = i->operation == LZR_IR_SDIV || i->operation == LZR_IR_SREM;
  bool rest = i->operation == LZR_IR_UREM || i->operation == LZR_IR_SREM;
  unsigned size = lzr_gen_wide(result_bits(g, i));
  unsigned left = lzr_a64_number(load_operand(g, i->a, is_signed, size));
  unsigned right = lzr_a64_number(load_operand(g, i->b, is_signed, size));
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  unsigned rd = lzr_a64_number(reg);
  lzr_a64_combine(g->code, is_signed ? LZR_A64_SDIV : LZR_A64_UDIV, size, rd,
                  left, right);
  if (rest)
    lzr_a64_multiply_subtract(g->code, size, rd, rd, right, left);
  finish(g, i, reg);
}

/* Other widths. */

void lzr_a64_resize(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_steal(g, i->a);
  if (i->operation != LZR_IR_TRUNCATE)
    lzr_a64_extend(g, reg, lzr_gen_value(g, i->a)->type.bits,
                   i->operation == LZR_IR_SIGN_EXTEND,
                   lzr_gen_wide(result_bits(g, i)));
  finish(g, i, reg);
}
