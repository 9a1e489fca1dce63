/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Registers and operands in memory, for all architectures.
 */
#ifndef LZR_BASELINE_GENERATOR_PLACE_H
#define LZR_BASELINE_GENERATOR_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* An architecture numbers the registers that values may be in below this:
   general ones below LZR_GEN_FLOATING, then those of floating point. */
enum {
  LZR_GEN_FLOATING = 16,
  LZR_GEN_REGISTERS = 32,
  LZR_GEN_SYMBOL, /* only as the base of an operand in memory */
  LZR_GEN_NONE
};

/* An operand in memory: base + index << scale + offset, or with base
   LZR_GEN_SYMBOL an address that is offset bytes from the symbol. A base may
   also be what the architecture has besides, such as its stack pointer. */
struct lzr_gen_memory {
  uint8_t base;
  uint8_t index; /* LZR_GEN_NONE, or a general register */
  uint8_t scale; /* 0 to 3 */
  int32_t offset;
  uint32_t symbol; /* number in the compact IR */
};

static inline bool lzr_gen_is_floating(unsigned reg) {
  return reg >= LZR_GEN_FLOATING;
}

static inline struct lzr_gen_memory lzr_gen_at(unsigned base, int32_t offset) {
  return (struct lzr_gen_memory){
      .base = (uint8_t)base, .index = LZR_GEN_NONE, .offset = offset};
}

#endif
