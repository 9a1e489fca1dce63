/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Comparisons and selections.
 */
#include "runtime/baseline/x86_64/condition.h"
#include "runtime/baseline/x86_64/operations.h"

/* Flags as a byte. */
unsigned lzr_x64_flags_to_register(struct lzr_gen *g,
                                   struct lzr_gen_test test) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_registers(g->code, LZR_X64_SETCC | test.condition, 4, 0, reg);
  if (test.join == LZR_GEN_ALONE)
    return reg;
  bool both = test.join == LZR_GEN_AND;
  unsigned other = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_registers(g->code, LZR_X64_SETCC | test.other, 4, 0, other);
  lzr_x64_registers(g->code, both ? LZR_X64_AND : LZR_X64_OR, 1, other, reg);
  return reg;
}

/* Selection. */

static void move_if(struct lzr_gen *g, unsigned condition, unsigned size,
                    unsigned to, unsigned from) {
  lzr_x64_registers(g->code, LZR_X64_CMOV | condition, size, to, from);
}

static unsigned select_integer(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = lzr_gen_wide(lzr_gen_value(g, i->result)->type.bits);
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned otherwise = lzr_gen_use(g, i->c), chosen = lzr_gen_use(g, i->b);
  lzr_x64_copy(g->code, reg, otherwise);
  struct lzr_gen_test test = lzr_gen_test(g, i->a);
  move_if(g, test.condition, size, reg, chosen);
  if (test.join == LZR_GEN_AND)
    move_if(g, LZR_X64_P, size, reg, otherwise);
  else if (test.join == LZR_GEN_OR)
    move_if(g, LZR_X64_P, size, reg, chosen);
  return reg;
}

/* There is no conditional move between XMM registers. */
static unsigned select_float(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_XMM);
  unsigned otherwise = lzr_gen_use(g, i->c), chosen = lzr_gen_use(g, i->b);
  struct lzr_gen_test test = lzr_gen_test(g, i->a);
  bool either = test.join == LZR_GEN_OR;
  lzr_x64_copy(g->code, reg, either ? chosen : otherwise);
  size_t odd = 0;
  if (test.join != LZR_GEN_ALONE)
    odd = lzr_x64_skip_if(g->code, LZR_X64_P);
  size_t skip = lzr_x64_skip_if(g->code, either ? test.condition
                                                : lzr_gen_not(test.condition));
  lzr_x64_copy(g->code, reg, either ? otherwise : chosen);
  lzr_x64_land(g->code, skip);
  if (odd)
    lzr_x64_land(g->code, odd);
  return reg;
}

void lzr_x64_select(struct lzr_gen *g, lzr_gen_instruction i) {
  bool in_xmm = lzr_gen_is_floating_type(lzr_gen_value(g, i->result)->type);
  unsigned reg = in_xmm ? select_float(g, i) : select_integer(g, i);
  lzr_gen_test_done(g, i->a);
  lzr_gen_done(g, i->b);
  lzr_gen_done(g, i->c);
  lzr_gen_define(g, i->result, reg);
}
