/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Integer arithmetic. Bits above an integer's width are not defined, so an
 * operation that looks at them extends its operands first.
 */
#include "runtime/baseline/generator/operand.h"
#include "runtime/baseline/x86_64/operations.h"

static void extend_odd(struct lzr_gen *g, unsigned reg, unsigned bits,
                       bool is_signed, unsigned size) {
  unsigned distance = size * 8 - bits;
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, size, LZR_X64_IS_SHL, reg);
  lzr_code_put(g->code, distance);
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, size,
                    is_signed ? LZR_X64_IS_SAR : LZR_X64_IS_SHR, reg);
  lzr_code_put(g->code, distance);
}

void lzr_x64_extend(struct lzr_gen *g, unsigned reg, unsigned bits,
                    bool is_signed, unsigned size) {
  unsigned wide = is_signed ? size : 4; /* 32-bit operations clear the rest */
  if (bits == 8)
    lzr_x64_registers(g->code, is_signed ? LZR_X64_MOVSX8 : LZR_X64_MOVZX8,
                      wide, reg, reg);
  else if (bits == 16)
    lzr_x64_registers(g->code, is_signed ? LZR_X64_MOVSX16 : LZR_X64_MOVZX16,
                      wide, reg, reg);
  else if (bits == 32 && size == 8)
    lzr_x64_registers(g->code, is_signed ? LZR_X64_MOVSXD : LZR_X64_MOV_FROM,
                      wide, reg, reg);
  else if (bits < 8 && !is_signed)
    lzr_x64_immediate(g->code, LZR_X64_IS_AND, 4, reg, (1 << bits) - 1);
  else if (bits < size * 8)
    extend_odd(g, reg, bits, is_signed, bits <= 32 && !is_signed ? 4 : size);
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

struct operand_forms {
  uint8_t operation; /* with a register */
  uint8_t field;     /* with an immediate operand */
};

static const struct operand_forms forms[] = {
    [LZR_IR_ADD] = {LZR_X64_ADD, LZR_X64_IS_ADD},
    [LZR_IR_SUB] = {LZR_X64_SUB, LZR_X64_IS_SUB},
    [LZR_IR_AND] = {LZR_X64_AND, LZR_X64_IS_AND},
    [LZR_IR_OR] = {LZR_X64_OR, LZR_X64_IS_OR},
    [LZR_IR_XOR] = {LZR_X64_XOR, LZR_X64_IS_XOR},
};

static void multiply(struct lzr_gen *g, uint32_t factor, unsigned size,
                     unsigned reg) {
  int32_t number;
  if (!lzr_gen_fits_immediate(g, factor, &number)) {
    lzr_x64_registers(g->code, LZR_X64_IMUL, size, reg, lzr_gen_use(g, factor));
    return;
  }
  bool is_short = number == (int8_t)number;
  lzr_x64_registers(g->code, is_short ? LZR_X64_IMUL_IMM8 : LZR_X64_IMUL_IMM32,
                    size, reg, reg);
  lzr_code_put_number(g->code, (uint32_t)number, is_short ? 1 : 4);
}

static void combine(struct lzr_gen *g, const struct operand_forms *form,
                    uint32_t operand, unsigned size, unsigned reg) {
  int32_t number;
  if (lzr_gen_fits_immediate(g, operand, &number))
    lzr_x64_immediate(g->code, form->field, size, reg, number);
  else
    lzr_x64_registers(g->code, form->operation, size, lzr_gen_use(g, operand),
                      reg);
}

void lzr_x64_arithmetic(struct lzr_gen *g, lzr_gen_instruction i) {
  uint32_t left = i->a, right = i->b;
  if (lzr_ir_is_constant(g->ir, left) && i->operation != LZR_IR_SUB) {
    left = i->b;
    right = i->a;
  }
  unsigned size = lzr_gen_wide(result_bits(g, i));
  unsigned reg = lzr_gen_steal(g, left);
  if (i->operation == LZR_IR_MUL)
    multiply(g, right, size, reg);
  else
    combine(g, &forms[i->operation], right, size, reg);
  finish(g, i, reg);
}

/* Shifts. A distance that is not below the width gives poison, so bits of it
   above do not matter, but those beyond its own width do: the CPU takes the low
   5 or 6 bits of CL. */

static unsigned shift_field(uint8_t operation) {
  return operation == LZR_IR_SHL    ? LZR_X64_IS_SHL
         : operation == LZR_IR_LSHR ? LZR_X64_IS_SHR
                                    : LZR_X64_IS_SAR;
}

/* A value for a shift to the right, with the bits that come from the left. */
static unsigned load_shifted(struct lzr_gen *g, lzr_gen_instruction i,
                             unsigned size) {
  unsigned bits = result_bits(g, i);
  if (i->operation == LZR_IR_SHL || bits == size * 8) {
    if (lzr_gen_home(g, i->a)->reg != LZR_RCX)
      return lzr_gen_steal(g, i->a);
    unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
    lzr_gen_load_into(g, i->a, reg);
    return reg;
  }
  return lzr_gen_extended(g, i->a, i->operation == LZR_IR_ASHR, size);
}

static void load_distance(struct lzr_gen *g, uint32_t value) {
  unsigned bits = lzr_gen_value(g, value)->type.bits;
  if (lzr_gen_home(g, value)->reg == LZR_RCX && bits >= 8) {
    g->locked |= LZR_GEN_BIT(LZR_RCX);
    return;
  }
  lzr_gen_take(g, LZR_RCX);
  lzr_gen_load_into(g, value, LZR_RCX);
  if (bits < 8)
    lzr_x64_extend(g, LZR_RCX, bits, false, 4);
}

void lzr_x64_shift(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned bits = result_bits(g, i), size = lzr_gen_wide(bits);
  unsigned field = shift_field(i->operation), reg;
  if (lzr_ir_is_constant(g->ir, i->b)) {
    reg = load_shifted(g, i, size);
    lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, size, field, reg);
    lzr_code_put(g->code,
                 (unsigned)lzr_gen_value(g, i->b)->number & (size * 8 - 1));
  } else {
    load_distance(g, i->b);
    reg = load_shifted(g, i, size);
    lzr_x64_registers(g->code, LZR_X64_SHIFT_CL, size, field, reg);
  }
  finish(g, i, reg);
}

/* Division: RDX:RAX by a register; the quotient is in RAX, the rest in RDX. */

static unsigned load_divisor(struct lzr_gen *g, uint32_t value, bool is_signed,
                             unsigned size) {
  const struct lzr_gen_home *home = lzr_gen_home(g, value);
  unsigned bits = lzr_gen_value(g, value)->type.bits;
  g->locked |= LZR_GEN_BIT(LZR_RAX) | LZR_GEN_BIT(LZR_RDX);
  if (bits == size * 8 && home->reg != LZR_RAX && home->reg != LZR_RDX)
    return lzr_gen_use(g, value);
  return lzr_gen_extended(g, value, is_signed, size);
}

static void load_dividend(struct lzr_gen *g, uint32_t value, bool is_signed,
                          unsigned size) {
  g->locked &= ~(LZR_GEN_BIT(LZR_RAX) | LZR_GEN_BIT(LZR_RDX));
  if (lzr_gen_home(g, value)->reg == LZR_RAX) {
    if (lzr_gen_home(g, value)->uses > 1)
      lzr_gen_store(g, value);
    lzr_gen_uncache(g, value);
    g->free &= ~LZR_GEN_BIT(LZR_RAX);
    g->locked |= LZR_GEN_BIT(LZR_RAX);
  } else {
    lzr_gen_take(g, LZR_RAX);
    lzr_gen_load_into(g, value, LZR_RAX);
  }
  lzr_x64_extend(g, LZR_RAX, lzr_gen_value(g, value)->type.bits, is_signed,
                 size);
}

void lzr_x64_divide(struct lzr_gen *g, lzr_gen_instruction i) {
  bool is_signed = i->operation == LZR_IR_SDIV || i->operation == LZR_IR_SREM;
  bool rest = i->operation == LZR_IR_UREM || i->operation == LZR_IR_SREM;
  unsigned size = lzr_gen_wide(result_bits(g, i));
  unsigned divisor = load_divisor(g, i->b, is_signed, size);
  load_dividend(g, i->a, is_signed, size);
  lzr_gen_take(g, LZR_RDX);
  if (is_signed)
    lzr_x64_bytes(g->code, size == 8 ? 0x9948 : 0x99, size == 8 ? 2 : 1);
  else
    lzr_x64_registers(g->code, LZR_X64_XOR, 4, LZR_RDX, LZR_RDX);
  lzr_x64_registers(g->code, LZR_X64_GROUP_3, size,
                    is_signed ? LZR_X64_IS_IDIV : LZR_X64_IS_DIV, divisor);
  finish(g, i, rest ? LZR_RDX : LZR_RAX);
}

/* Other widths. */

void lzr_x64_resize(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_steal(g, i->a);
  if (i->operation != LZR_IR_TRUNCATE)
    lzr_x64_extend(g, reg, lzr_gen_value(g, i->a)->type.bits,
                   i->operation == LZR_IR_SIGN_EXTEND,
                   lzr_gen_wide(result_bits(g, i)));
  finish(g, i, reg);
}
