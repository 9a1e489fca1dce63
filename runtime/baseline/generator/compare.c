/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Comparisons, which become part of the branch or selection behind them.
 */
#include "runtime/baseline/generator/compare.h"
#include "runtime/baseline/generator/operations.h"

static const uint8_t swapped[] = {
    [LZR_IR_EQUAL] = LZR_IR_EQUAL,
    [LZR_IR_NOT_EQUAL] = LZR_IR_NOT_EQUAL,
    [LZR_IR_UNSIGNED_GREATER] = LZR_IR_UNSIGNED_LESS,
    [LZR_IR_UNSIGNED_GREATER_EQUAL] = LZR_IR_UNSIGNED_LESS_EQUAL,
    [LZR_IR_UNSIGNED_LESS] = LZR_IR_UNSIGNED_GREATER,
    [LZR_IR_UNSIGNED_LESS_EQUAL] = LZR_IR_UNSIGNED_GREATER_EQUAL,
    [LZR_IR_SIGNED_GREATER] = LZR_IR_SIGNED_LESS,
    [LZR_IR_SIGNED_GREATER_EQUAL] = LZR_IR_SIGNED_LESS_EQUAL,
    [LZR_IR_SIGNED_LESS] = LZR_IR_SIGNED_GREATER,
    [LZR_IR_SIGNED_LESS_EQUAL] = LZR_IR_SIGNED_GREATER_EQUAL,
};

enum lzr_ir_condition lzr_gen_swapped(enum lzr_ir_condition condition) {
  return (enum lzr_ir_condition)swapped[condition];
}

/* Whether the next instruction is a branch or selection, which is the only one
   that uses the comparison. */
static bool can_fuse(const struct lzr_gen *g, lzr_gen_instruction i) {
  const struct lzr_ir_value *result = lzr_gen_value(g, i->result);
  const struct lzr_ir_block *block = &g->ir->blocks[g->block];
  if (i + 1 == &g->ir->instructions[block->end])
    return false;
  bool tests = i[1].operation == LZR_IR_BRANCH_IF ||
               (i[1].operation == LZR_IR_SELECT && i[1].b != i->result &&
                i[1].c != i->result);
  return tests && i[1].a == i->result && result->uses == 1 && !result->crosses;
}

void lzr_gen_compare(struct lzr_gen *g, lzr_gen_instruction i) {
  if (can_fuse(g, i)) {
    lzr_gen_home(g, i->result)->fusion = LZR_GEN_FUSED_COMPARE;
    return;
  }
  struct lzr_gen_test test = g->target->set_flags(g, i);
  unsigned reg = g->target->flags_to_register(g, test);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
  lzr_gen_define(g, i->result, reg);
}

struct lzr_gen_test lzr_gen_test(struct lzr_gen *g, uint32_t value) {
  if (lzr_gen_home(g, value)->fusion == LZR_GEN_FUSED_COMPARE)
    return g->target->set_flags(
        g, &g->ir->instructions[lzr_gen_value(g, value)->origin]);
  return g->target->test_bit(g, lzr_gen_use(g, value));
}

void lzr_gen_test_done(struct lzr_gen *g, uint32_t value) {
  struct lzr_gen_home *home = lzr_gen_home(g, value);
  if (home->fusion != LZR_GEN_FUSED_COMPARE) {
    lzr_gen_done(g, value);
    return;
  }
  const struct lzr_ir_instruction *compare =
      &g->ir->instructions[lzr_gen_value(g, value)->origin];
  home->fusion = LZR_GEN_NOT_FUSED;
  home->uses = 0;
  lzr_gen_done(g, compare->a);
  lzr_gen_done(g, compare->b);
}
