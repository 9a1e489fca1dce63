/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The calling convention of the System V ABI, AMD64 supplement, chapter 3.2.3,
 * for what clang makes of arguments: numbers, pointers, and copies in memory.
 */
#ifndef LZR_BASELINE_X86_64_ABI_H
#define LZR_BASELINE_X86_64_ABI_H

#include "runtime/baseline/generator/generator.h"
#include "runtime/baseline/x86_64/encode.h"

extern const uint8_t lzr_x64_argument_registers[6];

/* See struct lzr_gen_target. */
struct lzr_gen_passed lzr_x64_pass(struct lzr_gen_abi *abi,
                                   const struct lzr_ir *ir,
                                   struct lzr_ir_type type, uint32_t passing);
struct lzr_gen_results lzr_x64_find_results(const struct lzr_ir *ir,
                                            struct lzr_ir_type type);

#endif
