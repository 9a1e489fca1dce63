/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/aarch64/encode.h"

/* Jumps. */

static uint32_t read_word(const struct lzr_machine_code *code, uint32_t at) {
  uint32_t word = 0;
  for (unsigned i = 0; i < 4; i++)
    word |= (uint32_t)code->bytes[at + i] << 8 * i;
  return word;
}

static bool fits(int64_t distance, unsigned bits) {
  int64_t limit = INT64_C(1) << (bits - 1);
  return distance >= -limit && distance < limit;
}

/* The instruction says which field the distance has. */
bool lzr_a64_patch(struct lzr_machine_code *code, uint32_t field,
                   int64_t distance) {
  if (code->out_of_memory)
    return true;
  uint32_t word = read_word(code, field), units = (uint32_t)(distance / 4);
  unsigned bits = 21;
  if ((word & 0x7c000000) == LZR_A64_B) {
    bits = 28;
    word |= units & 0x3ffffff;
  } else if ((word & 0xff000000) == LZR_A64_B_IF ||
             (word & 0x7e000000) == 0x34000000) {
    word |= (units & 0x7ffff) << 5;
  } else if ((word & 0x9f000000) == LZR_A64_ADR) {
    word |= ((uint32_t)distance & 3) << 29 | (units & 0x7ffff) << 5;
  } else {
    bits = 32;
    word = (uint32_t)distance;
  }
  lzr_code_patch(code, field, word);
  return fits(distance, bits);
}

/* Constants: a first instruction for one half-word, which fills the others with
   0 or with ones, and one more for each that is different. */

static unsigned count_halves(uint64_t number, unsigned halves, uint64_t half) {
  unsigned count = 0;
  for (unsigned k = 0; k < halves; k++)
    count += (number >> 16 * k & 0xffff) == half;
  return count;
}

void lzr_a64_set(struct lzr_machine_code *code, unsigned rd, uint64_t number) {
  unsigned size = number >> 32 ? 8 : 4, halves = size / 2;
  bool ones =
      count_halves(number, halves, 0xffff) > count_halves(number, halves, 0);
  uint64_t rest = ones ? 0xffff : 0;
  uint32_t first = ones ? UINT32_C(0x12800000) : UINT32_C(0x52800000);
  bool begun = false, is_even = count_halves(number, halves, rest) == halves;
  for (unsigned k = 0; k < halves; k++) {
    uint64_t half = number >> 16 * k & 0xffff;
    if (half == rest && (k || !is_even))
      continue;
    uint32_t field = (uint32_t)(begun || !ones ? half : half ^ 0xffff);
    lzr_a64_word(code, (begun ? UINT32_C(0x72800000) : first) |
                           lzr_a64_wide(size) | k << 21 | field << 5 | rd);
    begun = true;
  }
}
