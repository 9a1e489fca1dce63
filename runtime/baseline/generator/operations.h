/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One function for each kind of instruction of the compact IR that is the same
 * on all architectures, by the file that has it. Each generates the
 * instruction's code, counts its operands' uses as done and defines its result.
 */
#ifndef LZR_BASELINE_GENERATOR_OPERATIONS_H
#define LZR_BASELINE_GENERATOR_OPERATIONS_H

#include "runtime/baseline/generator/generator.h"

/* compare.c */
void lzr_gen_compare(struct lzr_gen *g, lzr_gen_instruction i);

/* memory.c */
void lzr_gen_load(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_store_to(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_copy_memory(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_copy_arguments(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_clear_memory(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_extract(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_insert(struct lzr_gen *g, lzr_gen_instruction i);

/* gep.c */
void lzr_gen_gep(struct lzr_gen *g, lzr_gen_instruction i);

/* call.c */
void lzr_gen_generate_call(struct lzr_gen *g, lzr_gen_instruction i);
/* The same, and says where the call itself begins and ends. */
void lzr_gen_generate_call_at(struct lzr_gen *g, lzr_gen_instruction i,
                              uint32_t *start, uint32_t *end);

/* branch.c */
/* Goes on in a block. */
void lzr_gen_go_to(struct lzr_gen *g, uint32_t to);
void lzr_gen_branch(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_branch_if(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_return(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_finish_edges(struct lzr_gen *g);

/* invoke.c */
void lzr_gen_invoke(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_landing_pad(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_finish_invokes(struct lzr_gen *g);

/* switch.c */
void lzr_gen_switch(struct lzr_gen *g, lzr_gen_instruction i);
void lzr_gen_finish_tables(struct lzr_gen *g);

#endif
