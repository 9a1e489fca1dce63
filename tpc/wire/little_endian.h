/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Numbers in messages: little-endian, at any alignment. */
#ifndef LZR_WIRE_LITTLE_ENDIAN_H
#define LZR_WIRE_LITTLE_ENDIAN_H

#include <stdint.h>

static inline uint64_t lzr_load_le(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;

  for (unsigned i = 0; i < size; i++)
    value |= (uint64_t)bytes[i] << 8 * i;
  return value;
}

static inline void lzr_store_le(uint8_t *bytes, unsigned size, uint64_t value) {
  for (unsigned i = 0; i < size; i++)
    bytes[i] = (uint8_t)(value >> 8 * i);
}

#endif
