/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Operands in memory.
 */
#ifndef LZR_BASELINE_AARCH64_MEMORY_H
#define LZR_BASELINE_AARCH64_MEMORY_H

#include "runtime/baseline/aarch64/encode.h"
#include "runtime/baseline/generator/generator.h"

/* These may change x16 and x17, unless something else is said. See struct
   lzr_gen_target. */
void lzr_a64_load(struct lzr_gen *g, unsigned size, unsigned reg,
                  struct lzr_gen_memory from);
void lzr_a64_store(struct lzr_gen *g, unsigned size, unsigned reg,
                   struct lzr_gen_memory to);
void lzr_a64_store_number(struct lzr_gen *g, unsigned size, int32_t number,
                          struct lzr_gen_memory to);
void lzr_a64_address(struct lzr_gen *g, unsigned reg, struct lzr_gen_memory of);
void lzr_a64_load_got(struct lzr_gen *g, unsigned reg, uint32_t symbol);
void lzr_a64_load_entry(struct lzr_gen *g, unsigned reg,
                        struct lzr_gen_memory from);

#endif
