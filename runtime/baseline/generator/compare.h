/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Comparisons: an i1 as flags of the CPU, for a jump, a move or a byte.
 */
#ifndef LZR_BASELINE_GENERATOR_COMPARE_H
#define LZR_BASELINE_GENERATOR_COMPARE_H

#include "runtime/baseline/generator/operand.h"

/* Sets the flags by an i1, or by the comparison that has been fused into it.
   The caller must be done with the value by the second function. */
struct lzr_gen_test lzr_gen_test(struct lzr_gen *g, uint32_t value);
void lzr_gen_test_done(struct lzr_gen *g, uint32_t value);

/* The condition when the operands change places. */
enum lzr_ir_condition lzr_gen_swapped(enum lzr_ir_condition condition);

#endif
