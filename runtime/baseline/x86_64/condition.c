/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/x86_64/condition.h"

/* Integers. */

const uint8_t lzr_x64_conditions[] = {
    [LZR_IR_EQUAL] = LZR_X64_E,
    [LZR_IR_NOT_EQUAL] = LZR_X64_NE,
    [LZR_IR_UNSIGNED_GREATER] = LZR_X64_A,
    [LZR_IR_UNSIGNED_GREATER_EQUAL] = LZR_X64_AE,
    [LZR_IR_UNSIGNED_LESS] = LZR_X64_B,
    [LZR_IR_UNSIGNED_LESS_EQUAL] = LZR_X64_BE,
    [LZR_IR_SIGNED_GREATER] = LZR_X64_G,
    [LZR_IR_SIGNED_GREATER_EQUAL] = LZR_X64_GE,
    [LZR_IR_SIGNED_LESS] = LZR_X64_L,
    [LZR_IR_SIGNED_LESS_EQUAL] = LZR_X64_LE,
};

static void compare_number(struct lzr_gen *g, unsigned size, unsigned reg,
                           int32_t number) {
  if (number == 0)
    lzr_x64_registers(g->code, LZR_X64_TEST, size, reg, reg);
  else
    lzr_x64_immediate(g->code, LZR_X64_IS_CMP, size, reg, number);
}

/* Operands whose bits fill a register or a part of it. */
static void compare_exact(struct lzr_gen *g, uint32_t left, uint32_t right,
                          unsigned size) {
  int32_t number;
  unsigned reg = lzr_gen_use(g, left);
  if (lzr_gen_fits_immediate(g, right, &number))
    compare_number(g, size, reg, number);
  else
    lzr_x64_registers(g->code, LZR_X64_CMP, size, lzr_gen_use(g, right), reg);
}

static void compare_extended(struct lzr_gen *g, uint32_t left, uint32_t right,
                             unsigned size, bool is_signed) {
  unsigned reg = lzr_gen_extended(g, left, is_signed, size);
  lzr_x64_registers(g->code, LZR_X64_CMP, size,
                    lzr_gen_extended(g, right, is_signed, size), reg);
}

static struct lzr_gen_test compare_integers(struct lzr_gen *g, uint8_t sub,
                                            uint32_t left, uint32_t right) {
  if (lzr_ir_is_constant(g->ir, left)) {
    uint32_t other = left;
    left = right;
    right = other;
    sub = (uint8_t)lzr_gen_swapped((enum lzr_ir_condition)sub);
  }
  unsigned bits = lzr_gen_value(g, left)->type.bits;
  if (lzr_gen_is_exact(bits))
    compare_exact(g, left, right, lzr_gen_size(bits));
  else
    compare_extended(g, left, right, lzr_gen_wide(bits),
                     sub >= LZR_IR_SIGNED_GREATER);
  return (struct lzr_gen_test){.condition = lzr_x64_conditions[sub]};
}

/* Floating point. UCOMIS sets the flags as an unsigned comparison does, and all
   of Z, P and C if an operand is not a number. */

struct fcondition {
  uint8_t condition, join;
  bool swaps; /* the operands, so that unordered ones have the right answer */
};

static const struct fcondition fconditions[] = {
    [LZR_IR_ORDERED_EQUAL] = {LZR_X64_E, LZR_GEN_AND, false},
    [LZR_IR_ORDERED_GREATER] = {LZR_X64_A, LZR_GEN_ALONE, false},
    [LZR_IR_ORDERED_GREATER_EQUAL] = {LZR_X64_AE, LZR_GEN_ALONE, false},
    [LZR_IR_ORDERED_LESS] = {LZR_X64_A, LZR_GEN_ALONE, true},
    [LZR_IR_ORDERED_LESS_EQUAL] = {LZR_X64_AE, LZR_GEN_ALONE, true},
    [LZR_IR_ORDERED_NOT_EQUAL] = {LZR_X64_NE, LZR_GEN_ALONE, false},
    [LZR_IR_ORDERED] = {LZR_X64_NP, LZR_GEN_ALONE, false},
    [LZR_IR_UNORDERED] = {LZR_X64_P, LZR_GEN_ALONE, false},
    [LZR_IR_UNORDERED_EQUAL] = {LZR_X64_E, LZR_GEN_ALONE, false},
    [LZR_IR_UNORDERED_GREATER] = {LZR_X64_B, LZR_GEN_ALONE, true},
    [LZR_IR_UNORDERED_GREATER_EQUAL] = {LZR_X64_BE, LZR_GEN_ALONE, true},
    [LZR_IR_UNORDERED_LESS] = {LZR_X64_B, LZR_GEN_ALONE, false},
    [LZR_IR_UNORDERED_LESS_EQUAL] = {LZR_X64_BE, LZR_GEN_ALONE, false},
    [LZR_IR_UNORDERED_NOT_EQUAL] = {LZR_X64_NE, LZR_GEN_OR, false},
};

static struct lzr_gen_test compare_floats(struct lzr_gen *g, uint8_t sub,
                                          uint32_t left, uint32_t right) {
  const struct fcondition *f = &fconditions[sub];
  unsigned first = lzr_gen_use(g, f->swaps ? right : left);
  unsigned second = lzr_gen_use(g, f->swaps ? left : right);
  lzr_x64_registers(g->code,
                    lzr_gen_by_class(lzr_gen_value(g, left)->type,
                                     LZR_X64_UCOMISS, LZR_X64_UCOMISD),
                    4, first, second);
  return (struct lzr_gen_test){f->condition, f->join,
                               f->join == LZR_GEN_AND ? LZR_X64_NP : LZR_X64_P};
}

/* All. */

struct lzr_gen_test
lzr_x64_set_flags(struct lzr_gen *g, const struct lzr_ir_instruction *compare) {
  return compare->operation == LZR_IR_COMPARE
             ? compare_integers(g, compare->sub, compare->a, compare->b)
             : compare_floats(g, compare->sub, compare->a, compare->b);
}

struct lzr_gen_test lzr_x64_test_bit(struct lzr_gen *g, unsigned reg) {
  lzr_x64_registers(g->code, LZR_X64_GROUP_3, 1, LZR_X64_IS_TEST, reg);
  lzr_code_put(g->code, 1);
  return (struct lzr_gen_test){.condition = LZR_X64_NE};
}
