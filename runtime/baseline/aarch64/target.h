/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What AArch64 offers to generator/; see struct lzr_gen_target.
 */
#ifndef LZR_BASELINE_AARCH64_TARGET_H
#define LZR_BASELINE_AARCH64_TARGET_H

#include "runtime/baseline/aarch64/encode.h"
#include "runtime/baseline/generator/operand.h"

extern const struct lzr_gen_target lzr_a64_target;

/* integer.c */
void lzr_a64_extend(struct lzr_gen *g, unsigned reg, unsigned bits,
                    bool is_signed, unsigned size);

/* jump.c */
void lzr_a64_jump(struct lzr_gen *g);
void lzr_a64_jump_if(struct lzr_gen *g, unsigned condition);
void lzr_a64_jump_to_register(struct lzr_gen *g, unsigned reg);
void lzr_a64_table_address(struct lzr_gen *g, unsigned reg);
void lzr_a64_write_distance(struct lzr_gen *g, uint32_t field, uint32_t base,
                            uint32_t offset);
size_t lzr_a64_skip_if(struct lzr_gen *g, unsigned condition);
void lzr_a64_land(struct lzr_gen *g, size_t skip);
void lzr_a64_call(struct lzr_gen *g, const struct lzr_ir_value *symbol,
                  const struct lzr_gen_abi *abi, bool variadic);

/* condition.c */
extern const uint8_t lzr_a64_conditions[];
/* Compares a general register with a number, which may take x17. */
void lzr_a64_compare_number(struct lzr_gen *g, unsigned size, unsigned reg,
                            int64_t number);
struct lzr_gen_test lzr_a64_set_flags(struct lzr_gen *g,
                                      lzr_gen_instruction compare);
struct lzr_gen_test lzr_a64_test_bit(struct lzr_gen *g, unsigned reg);
unsigned lzr_a64_flags_to_register(struct lzr_gen *g, struct lzr_gen_test test);

/* atomic.c */
void lzr_a64_store_in_order(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to);
void lzr_a64_load_in_order(struct lzr_gen *g, struct lzr_ir_type type,
                           unsigned reg, struct lzr_gen_memory from);

/* abi.c: the Procedure Call Standard for the Arm 64-bit Architecture, chapter
   6.8, for what clang makes of arguments: numbers, pointers, and arrays of
   equal numbers. */
struct lzr_gen_passed lzr_a64_pass(struct lzr_gen_abi *abi,
                                   const struct lzr_ir *ir,
                                   struct lzr_ir_type type, uint32_t passing);
struct lzr_gen_results lzr_a64_find_results(const struct lzr_ir *ir,
                                            struct lzr_ir_type type);

/* frame.c */
void lzr_a64_prologue(struct lzr_gen *g);
void lzr_a64_epilogue(struct lzr_gen *g);
void lzr_a64_finish_frame(struct lzr_gen *g);

static inline bool lzr_a64_is_double(struct lzr_ir_type type) {
  return type.class == LZR_IR_DOUBLE;
}

#endif
