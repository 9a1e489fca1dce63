/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The calling convention of the System V ABI, AMD64 supplement, chapter 3.2.3,
 * for what clang makes of arguments: numbers, pointers, and copies in memory.
 */
#ifndef LZR_BASELINE_X86_64_ABI_H
#define LZR_BASELINE_X86_64_ABI_H

#include "runtime/baseline/generator/cache.h"

/* More on the stack is refused. */
enum { LZR_GEN_STACK_LIMIT = 1 << 20 };

extern const uint8_t lzr_x64_argument_registers[6];

/* How many registers and how much of the stack the arguments so far take. */
struct lzr_gen_abi {
  uint32_t general, xmm, stack;
};

struct lzr_gen_passed {
  uint8_t reg;     /* or LZR_GEN_NONE */
  uint32_t offset; /* on the stack, from the first argument there */
};

/* Where the next argument goes. */
struct lzr_gen_passed lzr_gen_pass(struct lzr_gen_abi *abi,
                                   const struct lzr_ir *ir,
                                   struct lzr_ir_type type, uint32_t passing);

/* The registers of a result's parts, in their order; LZR_GEN_NONE behind the
   last. */
struct lzr_gen_results {
  uint8_t regs[LZR_IR_PARTS];
};
struct lzr_gen_results lzr_gen_result_registers(const struct lzr_ir *ir,
                                                struct lzr_ir_type type);

#endif
