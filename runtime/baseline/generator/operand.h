/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values as operands of instructions.
 */
#ifndef LZR_BASELINE_GENERATOR_OPERAND_H
#define LZR_BASELINE_GENERATOR_OPERAND_H

#include "runtime/baseline/generator/cache.h"

/* Puts a value other than an aggregate into a register, which the caller has
   allocated. May change the flags. */
void lzr_gen_load_into(struct lzr_gen *g, uint32_t value, unsigned reg);

/* The register that has the value, locked; it must not be changed. */
unsigned lzr_gen_use(struct lzr_gen *g, uint32_t value);

/* A locked register that has the value and may be changed. If this is the
   value's last use, it is the value's own, so the value is not to be used after
   this. */
unsigned lzr_gen_steal(struct lzr_gen *g, uint32_t value);

/* A locked register with a copy of an integer, extended to size, 4 or 8
   bytes. */
unsigned lzr_gen_extended(struct lzr_gen *g, uint32_t value, bool is_signed,
                          unsigned size);

/* The operand in memory to which an address leads. Its registers are locked. */
struct lzr_gen_memory lzr_gen_address(struct lzr_gen *g, uint32_t value);

/* Whether the address can be an operand by itself, without a register for it.
 */
bool lzr_gen_is_direct(const struct lzr_gen *g, uint32_t value);

/* Gives the operand another offset. */
struct lzr_gen_memory
lzr_gen_move(struct lzr_gen *g, struct lzr_gen_memory memory, int64_t distance);

/* The constant's lower bits as an immediate operand of size bytes; false if it
   does not fit one. */
bool lzr_gen_fits_immediate(const struct lzr_gen *g, uint32_t value,
                            int32_t *number);

/* Operations of a class. */
static inline unsigned lzr_gen_by_class(struct lzr_ir_type type,
                                        unsigned of_float, unsigned of_double) {
  return type.class == LZR_IR_FLOAT ? of_float : of_double;
}

#endif
