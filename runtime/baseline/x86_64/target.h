/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What x86-64 offers to generator/; see struct lzr_gen_target.
 */
#ifndef LZR_BASELINE_X86_64_TARGET_H
#define LZR_BASELINE_X86_64_TARGET_H

#include "runtime/baseline/generator/generator.h"
#include "runtime/baseline/x86_64/encode.h"

extern const struct lzr_gen_target lzr_x64_target;

/* integer.c */
void lzr_x64_extend(struct lzr_gen *g, unsigned reg, unsigned bits,
                    bool is_signed, unsigned size);

/* jump.c */
void lzr_x64_jump_to(struct lzr_gen *g);
void lzr_x64_jump_to_if(struct lzr_gen *g, unsigned condition);
void lzr_x64_jump_to_register(struct lzr_gen *g, unsigned reg);
void lzr_x64_table_address(struct lzr_gen *g, unsigned reg);
void lzr_x64_patch(struct lzr_gen *g, uint32_t field, uint32_t base,
                   uint32_t offset);
size_t lzr_x64_skip_over_if(struct lzr_gen *g, unsigned condition);
void lzr_x64_land_here(struct lzr_gen *g, size_t skip);
void lzr_x64_call_symbol(struct lzr_gen *g, const struct lzr_ir_value *symbol,
                         const struct lzr_gen_abi *abi, bool variadic);

/* atomic.c */
void lzr_x64_store_in_order(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to);

/* frame.c */
void lzr_x64_prologue(struct lzr_gen *g);
void lzr_x64_epilogue(struct lzr_gen *g);
void lzr_x64_finish_frame(struct lzr_gen *g);

#endif
