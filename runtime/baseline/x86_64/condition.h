/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Comparisons as flags of the CPU. After one of floating-point numbers, one of
 * which may be no number, the parity flag matters too.
 */
#ifndef LZR_BASELINE_X86_64_CONDITION_H
#define LZR_BASELINE_X86_64_CONDITION_H

#include "runtime/baseline/generator/compare.h"
#include "runtime/baseline/x86_64/target.h"

extern const uint8_t lzr_x64_conditions[];

/* See struct lzr_gen_target. */
struct lzr_gen_test lzr_x64_set_flags(struct lzr_gen *g,
                                      const struct lzr_ir_instruction *compare);
struct lzr_gen_test lzr_x64_test_bit(struct lzr_gen *g, unsigned reg);
unsigned lzr_x64_flags_to_register(struct lzr_gen *g, struct lzr_gen_test test);

#endif
