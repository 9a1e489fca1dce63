/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One function for each kind of instruction of the compact IR that is AArch64's
 * own, by the file that has it.
 */
#ifndef LZR_BASELINE_AARCH64_OPERATIONS_H
#define LZR_BASELINE_AARCH64_OPERATIONS_H

#include "runtime/baseline/aarch64/target.h"
#include "runtime/baseline/generator/operations.h"

/* integer.c */
void lzr_a64_arithmetic(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_shift(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_divide(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_resize(struct lzr_gen *g, lzr_gen_instruction i);

/* bits.c */
void lzr_a64_overflow(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_funnel(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_swap_bytes(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_count_zeros(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_count_ones(struct lzr_gen *g, lzr_gen_instruction i);

/* float.c */
void lzr_a64_float_arithmetic(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_float_unary(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_convert(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_to_integer(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_from_integer(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_bitcast(struct lzr_gen *g, lzr_gen_instruction i);

/* condition.c */
void lzr_a64_select_value(struct lzr_gen *g, lzr_gen_instruction i);

/* stack.c */
void lzr_a64_allocate_stack(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_save_stack(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_restore_stack(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_start_arguments(struct lzr_gen *g, lzr_gen_instruction i);

/* atomic.c */
void lzr_a64_exchange(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_compare_exchange(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_a64_fence(struct lzr_gen *g, lzr_gen_instruction i);

/* target.c */
void lzr_a64_trap(struct lzr_gen *g, lzr_gen_instruction i);

#endif
