/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes bytes one after another, numbers little-endian, for instructions of
 * every architecture and for unwind tables. It does not check the buffer's
 * size: every user states how many bytes it writes at most.
 */
#ifndef LZR_EMIT_H
#define LZR_EMIT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lzr_emitter {
  uint8_t *at; /* where the next byte goes */
};

static inline void lzr_emit_bytes(struct lzr_emitter *out, const uint8_t *bytes,
                                  size_t count) {
  memcpy(out->at, bytes, count);
  out->at += count;
}

/* LZR_EMIT(out, 0x31, 0xd2): a row of bytes as an assembler listing shows it */
#define LZR_EMIT(out, ...)                                                     \
  lzr_emit_bytes((out), (const uint8_t[]){__VA_ARGS__},                        \
                 sizeof((const uint8_t[]){__VA_ARGS__}))

static inline void lzr_emit_8(struct lzr_emitter *out, uint8_t value) {
  *out->at++ = value;
}

static inline void lzr_emit_16(struct lzr_emitter *out, uint16_t value) {
  lzr_emit_8(out, (uint8_t)value);
  lzr_emit_8(out, (uint8_t)(value >> 8));
}

static inline void lzr_emit_32(struct lzr_emitter *out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    lzr_emit_8(out, (uint8_t)(value >> shift));
}

static inline void lzr_emit_64(struct lzr_emitter *out, uint64_t value) {
  lzr_emit_32(out, (uint32_t)value);
  lzr_emit_32(out, (uint32_t)(value >> 32));
}

#endif
