/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Conversions between integers and floating point, and between float and
 * double.
 */
#include "runtime/baseline/generator/operand.h"
#include "runtime/baseline/x86_64/operations.h"

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

void lzr_x64_convert(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type from = lzr_gen_value(g, i->a)->type;
  struct lzr_ir_type to = lzr_gen_value(g, i->result)->type;
  if (from.class == to.class) {
    finish(g, i, lzr_gen_steal(g, i->a));
    return;
  }
  unsigned old = lzr_gen_use(g, i->a);
  unsigned reg = lzr_gen_allocate(g, LZR_X64_XMM);
  lzr_x64_registers(g->code,
                    lzr_gen_by_class(from, LZR_X64_CVTSS2SD, LZR_X64_CVTSD2SS),
                    4, reg, old);
  finish(g, i, reg);
}

/* To integers. */

/* Numbers from 2^63 on are brought into the range of a signed conversion; both
   results are computed, and the sign of the first, which is then the smallest
   integer, tells which one counts. */
static void convert_large(struct lzr_gen *g, struct lzr_ir_type from,
                          unsigned number, unsigned reg) {
  uint32_t operation =
      lzr_gen_by_class(from, LZR_X64_CVTTSS2SI, LZR_X64_CVTTSD2SI);
  int64_t limit =
      from.class == LZR_IR_FLOAT ? 0x5f000000 : INT64_C(0x43e0000000000000);
  unsigned reduced = lzr_gen_allocate(g, LZR_X64_XMM);
  unsigned bound = lzr_gen_allocate(g, LZR_X64_XMM);
  unsigned large = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned mask = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_registers(g->code, operation, 8, reg, number);
  lzr_x64_copy(g->code, reduced, number);
  lzr_x64_set(g->code, large, limit);
  lzr_x64_registers(g->code, LZR_X64_MOVD, lzr_gen_by_class(from, 4, 8), bound,
                    large);
  lzr_x64_registers(g->code,
                    lzr_gen_by_class(from, LZR_X64_SUBSS, LZR_X64_SUBSD), 4,
                    reduced, bound);
  lzr_x64_registers(g->code, operation, 8, large, reduced);
  lzr_x64_copy(g->code, mask, reg);
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 8, LZR_X64_IS_SAR, mask);
  lzr_code_put(g->code, 63);
  lzr_x64_registers(g->code, LZR_X64_AND, 8, mask, large);
  lzr_x64_registers(g->code, LZR_X64_OR, 8, large, reg);
}

void lzr_x64_to_integer(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type from = lzr_gen_value(g, i->a)->type;
  unsigned bits = lzr_gen_value(g, i->result)->type.bits;
  bool is_signed = i->operation == LZR_IR_TO_SIGNED;
  unsigned number = lzr_gen_use(g, i->a);
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  if (!is_signed && bits == 64)
    convert_large(g, from, number, reg);
  else
    lzr_x64_registers(
        g->code, lzr_gen_by_class(from, LZR_X64_CVTTSS2SI, LZR_X64_CVTTSD2SI),
        is_signed ? lzr_gen_wide(bits) : 8, reg, number);
  finish(g, i, reg);
}

/* From integers. */

/* Halves a number from 2^63 on, with the last bit kept for rounding, converts
   it as a signed one, and doubles it. */
static void convert_unsigned(struct lzr_gen *g, struct lzr_ir_type to,
                             unsigned number, unsigned reg) {
  uint32_t operation = lzr_gen_by_class(to, LZR_X64_CVTSI2SS, LZR_X64_CVTSI2SD);
  unsigned last = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_registers(g->code, LZR_X64_TEST, 8, number, number);
  size_t is_large = lzr_x64_skip_if(g->code, LZR_X64_S);
  lzr_x64_registers(g->code, operation, 8, reg, number);
  size_t end = lzr_x64_skip(g->code);
  lzr_x64_land(g->code, is_large);
  lzr_x64_copy(g->code, last, number);
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 8, LZR_X64_IS_SHR, number);
  lzr_code_put(g->code, 1);
  lzr_x64_immediate(g->code, LZR_X64_IS_AND, 4, last, 1);
  lzr_x64_registers(g->code, LZR_X64_OR, 8, last, number);
  lzr_x64_registers(g->code, operation, 8, reg, number);
  lzr_x64_registers(g->code, lzr_gen_by_class(to, LZR_X64_ADDSS, LZR_X64_ADDSD),
                    4, reg, reg);
  lzr_x64_land(g->code, end);
}

/* The conversion leaves the upper part of the register alone, so it would wait
   for what was in it. */
static unsigned clear_xmm(struct lzr_gen *g) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_XMM);
  lzr_x64_registers(g->code, LZR_X64_XORPS, 4, reg, reg);
  return reg;
}

void lzr_x64_from_integer(struct lzr_gen *g, lzr_gen_instruction i) {
  bool is_signed = i->operation == LZR_IR_FROM_SIGNED;
  unsigned bits = lzr_gen_value(g, i->a)->type.bits;
  struct lzr_ir_type to = lzr_gen_value(g, i->result)->type;
  unsigned size = is_signed || bits < 32 ? lzr_gen_wide(bits) : 8;
  unsigned number = lzr_gen_extended(g, i->a, is_signed, size);
  unsigned reg = clear_xmm(g);
  if (!is_signed && bits == 64)
    convert_unsigned(g, to, number, reg);
  else
    lzr_x64_registers(g->code,
                      lzr_gen_by_class(to, LZR_X64_CVTSI2SS, LZR_X64_CVTSI2SD),
                      size, reg, number);
  finish(g, i, reg);
}

/* The same bits. */
void lzr_x64_bitcast(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type from = lzr_gen_value(g, i->a)->type;
  struct lzr_ir_type to = lzr_gen_value(g, i->result)->type;
  unsigned old = lzr_gen_use(g, i->a);
  unsigned reg = lzr_gen_allocate(g, lzr_gen_set_of(g, to));
  if (lzr_gen_is_floating_type(to))
    lzr_x64_registers(g->code, LZR_X64_MOVD, lzr_gen_by_class(to, 4, 8), reg,
                      old);
  else
    lzr_x64_registers(g->code, LZR_X64_MOVD_TO, lzr_gen_by_class(from, 4, 8),
                      old, reg);
  finish(g, i, reg);
}
