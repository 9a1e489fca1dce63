/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Comparisons as flags of the CPU, and what depends on them. Nothing else that
 * the generator writes changes the flags.
 */
#include "runtime/baseline/aarch64/operations.h"
#include "runtime/baseline/generator/compare.h"

/* Integers. */

const uint8_t lzr_a64_conditions[] = {
    [LZR_IR_EQUAL] = LZR_A64_EQ,
    [LZR_IR_NOT_EQUAL] = LZR_A64_NE,
    [LZR_IR_UNSIGNED_GREATER] = LZR_A64_HI,
    [LZR_IR_UNSIGNED_GREATER_EQUAL] = LZR_A64_HS,
    [LZR_IR_UNSIGNED_LESS] = LZR_A64_LO,
    [LZR_IR_UNSIGNED_LESS_EQUAL] = LZR_A64_LS,
    [LZR_IR_SIGNED_GREATER] = LZR_A64_GT,
    [LZR_IR_SIGNED_GREATER_EQUAL] = LZR_A64_GE,
    [LZR_IR_SIGNED_LESS] = LZR_A64_LT,
    [LZR_IR_SIGNED_LESS_EQUAL] = LZR_A64_LE,
};

void lzr_a64_compare_number(struct lzr_gen *g, unsigned size, unsigned reg,
                            int64_t number) {
  unsigned rn = lzr_a64_number(reg);
  if (number > -4096 && number < 4096) {
    lzr_a64_immediate(g->code, number < 0 ? LZR_A64_ADDS_IMM : LZR_A64_SUBS_IMM,
                      size, LZR_A64_ZERO, rn,
                      (uint32_t)(number < 0 ? -number : number), false);
    return;
  }
  lzr_a64_set(g->code, LZR_A64_IP1,
              size == 4 ? (uint32_t)number : (uint64_t)number);
  lzr_a64_combine(g->code, LZR_A64_SUBS, size, LZR_A64_ZERO, rn, LZR_A64_IP1);
}

/* Operands whose bits fill a register. */
static void compare_exact(struct lzr_gen *g, uint32_t left, uint32_t right,
                          unsigned size) {
  unsigned reg = lzr_gen_use(g, left);
  if (lzr_ir_is_constant(g->ir, right))
    lzr_a64_compare_number(g, size, reg, lzr_gen_value(g, right)->number);
  else
    lzr_a64_combine(g->code, LZR_A64_SUBS, size, LZR_A64_ZERO,
                    lzr_a64_number(reg), lzr_a64_number(lzr_gen_use(g, right)));
}

static void compare_extended(struct lzr_gen *g, uint32_t left, uint32_t right,
                             unsigned size, bool is_signed) {
  unsigned a = lzr_gen_extended(g, left, is_signed, size);
  unsigned b = lzr_gen_extended(g, right, is_signed, size);
  lzr_a64_combine(g->code, LZR_A64_SUBS, size, LZR_A64_ZERO, lzr_a64_number(a),
                  lzr_a64_number(b));
}

static struct lzr_gen_test compare_integers(struct lzr_gen *g, uint8_t sub,
                                            uint32_t left, uint32_t right) {
  if (lzr_ir_is_constant(g->ir, left)) {
    uint32_t other = left;
    left = right;
    right = other;
    sub = (uint8_t)lzr_gen_swapped((enum lzr_ir_condition)sub);
  }
  unsigned bits = lzr_gen_value(g, left)->type.bits, size = lzr_gen_wide(bits);
  if (bits == size * 8)
    compare_exact(g, left, right, size);
  else
    compare_extended(g, left, right, size, sub >= LZR_IR_SIGNED_GREATER);
  return (struct lzr_gen_test){.condition = lzr_a64_conditions[sub]};
}

/* Floating point. Operands one of which is not a number set C and V. */

static const struct lzr_gen_test ftests[] = {
    [LZR_IR_ORDERED_EQUAL] = {.condition = LZR_A64_EQ},
    [LZR_IR_ORDERED_GREATER] = {.condition = LZR_A64_GT},
    [LZR_IR_ORDERED_GREATER_EQUAL] = {.condition = LZR_A64_GE},
    [LZR_IR_ORDERED_LESS] = {.condition = LZR_A64_MI},
    [LZR_IR_ORDERED_LESS_EQUAL] = {.condition = LZR_A64_LS},
    [LZR_IR_ORDERED_NOT_EQUAL] = {LZR_A64_MI, LZR_GEN_OR, LZR_A64_GT},
    [LZR_IR_ORDERED] = {.condition = LZR_A64_VC},
    [LZR_IR_UNORDERED] = {.condition = LZR_A64_VS},
    [LZR_IR_UNORDERED_EQUAL] = {LZR_A64_EQ, LZR_GEN_OR, LZR_A64_VS},
    [LZR_IR_UNORDERED_GREATER] = {.condition = LZR_A64_HI},
    [LZR_IR_UNORDERED_GREATER_EQUAL] = {.condition = LZR_A64_PL},
    [LZR_IR_UNORDERED_LESS] = {.condition = LZR_A64_LT},
    [LZR_IR_UNORDERED_LESS_EQUAL] = {.condition = LZR_A64_LE},
    [LZR_IR_UNORDERED_NOT_EQUAL] = {.condition = LZR_A64_NE},
};

static struct lzr_gen_test compare_floats(struct lzr_gen *g, uint8_t sub,
                                          uint32_t left, uint32_t right) {
  unsigned a = lzr_gen_use(g, left), b = lzr_gen_use(g, right);
  lzr_a64_float(g->code, LZR_A64_FCMP,
                lzr_a64_is_double(lzr_gen_value(g, left)->type), 0,
                lzr_a64_number(a), lzr_a64_number(b));
  return ftests[sub];
}

struct lzr_gen_test lzr_a64_set_flags(struct lzr_gen *g,
                                      lzr_gen_instruction compare) {
  return compare->operation == LZR_IR_COMPARE
             ? compare_integers(g, compare->sub, compare->a, compare->b)
             : compare_floats(g, compare->sub, compare->a, compare->b);
}

struct lzr_gen_test lzr_a64_test_bit(struct lzr_gen *g, unsigned reg) {
  const uint32_t tst = UINT32_C(0x7200001f); /* tst wn, #1 */
  lzr_a64_word(g->code, tst | lzr_a64_number(reg) << 5);
  return (struct lzr_gen_test){.condition = LZR_A64_NE};
}

/* Two conditions are only ever joined by OR. */
unsigned lzr_a64_flags_to_register(struct lzr_gen *g,
                                   struct lzr_gen_test test) {
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  unsigned rd = lzr_a64_number(reg);
  lzr_a64_set_if(g->code, rd, test.condition);
  if (test.join == LZR_GEN_OR)
    lzr_a64_select(g->code, 4, rd, rd, LZR_A64_ZERO, test.other ^ 1, true);
  return reg;
}

/* Selection. */

static void select_number(struct lzr_gen *g, struct lzr_ir_type type,
                          unsigned rd, unsigned rn, unsigned rm,
                          unsigned condition) {
  if (lzr_gen_is_floating_type(type))
    lzr_a64_select_float(g->code, lzr_a64_is_double(type), rd, rn, rm,
                         condition);
  else
    lzr_a64_select(g->code, lzr_gen_wide(type.bits), rd, rn, rm, condition,
                   false);
}

void lzr_a64_select_value(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_ir_type type = lzr_gen_value(g, i->result)->type;
  unsigned reg = lzr_gen_allocate(g, lzr_gen_set_of(g, type));
  unsigned rd = lzr_a64_number(reg);
  unsigned otherwise = lzr_a64_number(lzr_gen_use(g, i->c));
  unsigned chosen = lzr_a64_number(lzr_gen_use(g, i->b));
  struct lzr_gen_test test = lzr_gen_test(g, i->a);
  select_number(g, type, rd, chosen, otherwise, test.condition);
  if (test.join == LZR_GEN_OR)
    select_number(g, type, rd, chosen, rd, test.other);
  lzr_gen_test_done(g, i->a);
  lzr_gen_done(g, i->b);
  lzr_gen_done(g, i->c);
  lzr_gen_define(g, i->result, reg);
}
