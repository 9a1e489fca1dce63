/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Numbers and aggregates in memory, piece by piece.
 */
#ifndef LZR_BASELINE_X86_64_ACCESS_H
#define LZR_BASELINE_X86_64_ACCESS_H

#include "runtime/baseline/x86_64/operand.h"

/* Loads a number into an allocated register. */
void lzr_x64_read(struct lzr_x64 *g, struct lzr_ir_type type, unsigned reg,
                  struct lzr_x64_memory from);
/* Stores a register, which may be changed if it has an integer whose bits do
   not fill its bytes. */
void lzr_x64_write(struct lzr_x64 *g, struct lzr_ir_type type, unsigned reg,
                   struct lzr_x64_memory to);

/* Stores any value. */
void lzr_x64_write_value(struct lzr_x64 *g, uint32_t value,
                         struct lzr_x64_memory to);

/* Copies and clears so many bytes. */
void lzr_x64_copy_bytes(struct lzr_x64 *g, struct lzr_x64_memory to,
                        struct lzr_x64_memory from, uint32_t size);
void lzr_x64_clear_bytes(struct lzr_x64 *g, struct lzr_x64_memory to,
                         uint32_t size);

#endif
