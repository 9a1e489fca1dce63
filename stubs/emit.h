/*
 * Putting bytes one after another, little-endian: instructions of both
 * architectures and unwind tables are made with it. The room is the caller's
 * to guarantee: every writer states the most it writes.
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

static inline void lzr_emit_32(struct lzr_emitter *out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    lzr_emit_8(out, (uint8_t)(value >> shift));
}

static inline void lzr_emit_64(struct lzr_emitter *out, uint64_t value) {
  lzr_emit_32(out, (uint32_t)value);
  lzr_emit_32(out, (uint32_t)(value >> 32));
}

#endif
