/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One function for each kind of instruction of the compact IR that is x86-64's
 * own, by the file that has it.
 */
#ifndef LZR_BASELINE_X86_64_OPERATIONS_H
#define LZR_BASELINE_X86_64_OPERATIONS_H

#include "runtime/baseline/generator/operations.h"
#include "runtime/baseline/x86_64/target.h"

/* integer.c */
void lzr_x64_arithmetic(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_shift(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_divide(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_resize(struct lzr_gen *g, lzr_gen_instruction i);

/* bits.c */
void lzr_x64_overflow(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_funnel(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_swap_bytes(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_count_zeros(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_count_ones(struct lzr_gen *g, lzr_gen_instruction i);

/* float.c */
void lzr_x64_float_arithmetic(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_change_sign(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_square_root(struct lzr_gen *g, lzr_gen_instruction i);

/* convert.c */
void lzr_x64_convert(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_to_integer(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_from_integer(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_bitcast(struct lzr_gen *g, lzr_gen_instruction i);

/* compare.c */
void lzr_x64_select(struct lzr_gen *g, lzr_gen_instruction i);

/* stack.c */
void lzr_x64_allocate_stack(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_save_stack(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_restore_stack(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_start_arguments(struct lzr_gen *g, lzr_gen_instruction i);

/* atomic.c */
void lzr_x64_exchange(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_compare_exchange(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_update(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_x64_fence(struct lzr_gen *g, lzr_gen_instruction i);

/* target.c */
void lzr_x64_trap(struct lzr_gen *g, lzr_gen_instruction i);

#endif
