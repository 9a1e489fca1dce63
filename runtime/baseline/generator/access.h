/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Numbers and aggregates in memory, piece by piece.
 */
#ifndef LZR_BASELINE_GENERATOR_ACCESS_H
#define LZR_BASELINE_GENERATOR_ACCESS_H

#include "runtime/baseline/generator/operand.h"

/* Loads a number into an allocated register. */
void lzr_gen_read(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                  struct lzr_gen_memory from);
/* Stores a register, which may be changed if it has an integer whose bits do
   not fill its bytes. */
void lzr_gen_write(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                   struct lzr_gen_memory to);

/* Stores any value. */
void lzr_gen_write_value(struct lzr_gen *g, uint32_t value,
                         struct lzr_gen_memory to);

/* Copies and clears so many bytes. */
void lzr_gen_copy_bytes(struct lzr_gen *g, struct lzr_gen_memory to,
                        struct lzr_gen_memory from, uint32_t size);
void lzr_gen_clear_bytes(struct lzr_gen *g, struct lzr_gen_memory to,
                         uint32_t size);

#endif
