/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Conditions: an i1 as flags of the CPU, for a jump, a move or a byte.
 */
#ifndef LZR_BASELINE_X86_64_CONDITION_H
#define LZR_BASELINE_X86_64_CONDITION_H

#include "runtime/baseline/generator/operand.h"

/* After a comparison of floating-point numbers, one of which may be no number,
   the parity flag matters too. */
enum lzr_x64_parity {
  LZR_X64_ANY_PARITY,
  LZR_X64_AND_NOT_P, /* the condition, and not P */
  LZR_X64_OR_P       /* the condition, or P */
};

struct lzr_gen_test {
  uint8_t condition; /* enum lzr_x64_condition */
  uint8_t parity;    /* enum lzr_x64_parity */
};

/* Sets the flags by a comparison's operands. */
struct lzr_gen_test lzr_x64_set_flags(struct lzr_gen *g,
                                      const struct lzr_ir_instruction *compare);

/* Sets the flags by an i1, or by the comparison that has been fused into it.
   The caller must be done with the value by the second function. */
struct lzr_gen_test lzr_gen_test(struct lzr_gen *g, uint32_t value);
void lzr_gen_test_done(struct lzr_gen *g, uint32_t value);

/* The opposite of a condition. */
static inline unsigned lzr_x64_not(unsigned condition) {
  return condition ^ 1;
}

#endif
