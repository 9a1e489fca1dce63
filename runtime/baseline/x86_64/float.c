/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Arithmetic of float and double.
 */
#include "runtime/baseline/generator/operand.h"
#include "runtime/baseline/x86_64/operations.h"

static struct lzr_ir_type result_type(const struct lzr_gen *g,
                                      lzr_gen_instruction i) {
  return lzr_gen_value(g, i->result)->type;
}

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  if (i->b)
    lzr_gen_done(g, i->b);
  lzr_gen_define(g, i->result, reg);
}

static uint32_t operation_of(uint8_t operation, struct lzr_ir_type type) {
  switch (operation) {
  case LZR_IR_FADD:
    return lzr_gen_by_class(type, LZR_X64_ADDSS, LZR_X64_ADDSD);
  case LZR_IR_FSUB:
    return lzr_gen_by_class(type, LZR_X64_SUBSS, LZR_X64_SUBSD);
  case LZR_IR_FMUL:
    return lzr_gen_by_class(type, LZR_X64_MULSS, LZR_X64_MULSD);
  default:
    return lzr_gen_by_class(type, LZR_X64_DIVSS, LZR_X64_DIVSD);
  }
}

void lzr_x64_float_arithmetic(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_steal(g, i->a), other = lzr_gen_use(g, i->b);
  lzr_x64_registers(g->code, operation_of(i->operation, result_type(g, i)), 4,
                    reg, other);
  finish(g, i, reg);
}

/* The sign is the highest bit: it is turned, or taken away. */
void lzr_x64_change_sign(struct lzr_gen *g, lzr_gen_instruction i) {
  bool negate = i->operation == LZR_IR_FNEGATE;
  struct lzr_ir_type type = result_type(g, i);
  bool is_float = type.class == LZR_IR_FLOAT;
  uint64_t sign = is_float ? UINT64_C(1) << 31 : UINT64_C(1) << 63;
  uint64_t mask = negate ? sign : sign - 1;
  unsigned reg = lzr_gen_steal(g, i->a);
  unsigned bits = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned other = lzr_gen_allocate(g, LZR_X64_XMM);
  lzr_x64_set(g->code, bits, (int64_t)mask);
  lzr_x64_registers(g->code, LZR_X64_MOVD, is_float ? 4 : 8, other, bits);
  lzr_x64_registers(g->code, negate ? LZR_X64_XORPS : LZR_X64_ANDPS, 4, reg,
                    other);
  finish(g, i, reg);
}

void lzr_x64_square_root(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned from = lzr_gen_use(g, i->a);
  unsigned reg = lzr_gen_allocate(g, LZR_X64_XMM);
  lzr_x64_registers(
      g->code,
      lzr_gen_by_class(result_type(g, i), LZR_X64_SQRTSS, LZR_X64_SQRTSD), 4,
      reg, from);
  finish(g, i, reg);
}
