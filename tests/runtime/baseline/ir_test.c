/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the compact IR counts while it is filled in. */
#include "runtime/baseline/ir.h"
#include "tpc/base/text.h"

#include <criterion/criterion.h>

static struct lzr_ir ir;

static const struct lzr_ir_type word = {.class = LZR_IR_INTEGER, .bits = 64};

static void set_up(void) {
  ir = (struct lzr_ir){0};
  lzr_ir_reset(&ir);
  cr_assert_not(ir.out_of_memory);
  lzr_ir_add_block(&ir);
  lzr_ir_add_block(&ir);
}

static void tear_down(void) {
  lzr_ir_fini(&ir);
}

TestSuite(ir, .init = set_up, .fini = tear_down);

static uint32_t add_sum(uint32_t a, uint32_t b) {
  lzr_ir_use(&ir, a);
  lzr_ir_use(&ir, b);
  uint32_t sum = lzr_ir_add_value(&ir, LZR_IR_RESULT, word);
  struct lzr_ir_instruction *i = lzr_ir_add(&ir, LZR_IR_ADD, sum);
  i->a = a;
  i->b = b;
  return sum;
}

Test(ir, numbers_values_from_1) {
  cr_expect_eq(lzr_ir_add_value(&ir, LZR_IR_RESULT, word), 1);
  cr_expect_eq(lzr_ir_add_integer(&ir, 8, -1), 2);
  cr_expect_eq(ir.values[2].number, -1);
  cr_expect_eq(ir.values[2].type.bits, 8);
}

Test(ir, tells_uses_in_other_blocks) {
  uint32_t a = lzr_ir_add_value(&ir, LZR_IR_ARGUMENT, word);
  lzr_ir_add_argument(&ir, a, 0);
  uint32_t here = add_sum(a, a), there = add_sum(here, here);
  cr_expect_not(ir.values[a].crosses);
  cr_expect_eq(ir.values[a].uses, 2);
  ir.block = 1;
  lzr_ir_use_address(&ir, there);
  cr_expect(ir.values[there].crosses);
  cr_expect_not(ir.values[here].crosses);
  cr_expect_eq(ir.values[there].address_uses, 1);
  cr_expect_eq(ir.values[there].uses, 1);
}

/* Its block is not known yet when the use is counted. */
Test(ir, tells_uses_in_front_of_the_definition) {
  uint32_t later = lzr_ir_add_value(&ir, LZR_IR_RESULT, word);
  lzr_ir_use(&ir, later);
  cr_expect(ir.values[later].crosses);
}

Test(ir, counts_uses_of_phis_where_control_comes_from) {
  uint32_t a = lzr_ir_add_value(&ir, LZR_IR_ARGUMENT, word);
  lzr_ir_add_argument(&ir, a, 0);
  lzr_ir_use_at_end(&ir, a, 0);
  cr_expect_not(ir.values[a].crosses);
  lzr_ir_use_at_end(&ir, a, 1);
  cr_expect(ir.values[a].crosses);
  uint32_t phi = lzr_ir_add_value(&ir, LZR_IR_RESULT, word);
  lzr_ir_add(&ir, LZR_IR_PHI, phi);
  cr_expect(ir.values[phi].crosses, "phis live in memory");
}

Test(ir, keeps_the_first_reason) {
  lzr_ir_refuse_name(&ir, "intrinsic ", "llvm.first");
  lzr_ir_refuse(&ir, "second");
  cr_expect_str_eq(ir.refusal, "intrinsic llvm.first");
  char longest[200];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  lzr_ir_reset(&ir);
  lzr_ir_refuse_name(&ir, "", longest);
  cr_expect_eq(strlen(ir.refusal), sizeof ir.text / LZR_TEXT_ESCAPE - 1);
}

Test(ir, is_empty_after_a_reset) {
  add_sum(lzr_ir_add_integer(&ir, 64, 1), lzr_ir_add_integer(&ir, 64, 2));
  lzr_ir_reset(&ir);
  cr_expect_eq(ir.instruction_count, 0);
  cr_expect_eq(ir.block_count, 0);
  cr_expect_eq(lzr_ir_add_integer(&ir, 64, 3), 1);
  cr_expect_eq(ir.values[1].uses, 0);
}
