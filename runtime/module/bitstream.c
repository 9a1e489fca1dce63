/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/module/bitstream.h"

enum { WORD_BITS = 32 };

static uint32_t load_word(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

/* A wrapper header has five words: its magic number, a version, the offset and
   the size of the bitcode, and a CPU. */
static bool unwrap(const uint8_t **bytes, size_t *size) {
  enum { WRAPPER = 20 };
  if (*size < WRAPPER || load_word(*bytes) != 0x0b17c0de)
    return true;
  uint32_t offset = load_word(*bytes + 8), length = load_word(*bytes + 12);
  if (offset > *size || length > *size - offset)
    return false;
  *bytes += offset;
  *size = length;
  return true;
}

bool lzr_bitstream_open(struct lzr_bitstream *stream, const uint8_t *bytes,
                        size_t size) {
  if (!unwrap(&bytes, &size) || size < 4 || load_word(bytes) != 0xdec04342)
    return false;
  *stream = (struct lzr_bitstream){
      .bytes = bytes, .at = WORD_BITS, .end = (uint64_t)size * 8};
  return true;
}

static uint32_t fail(struct lzr_bitstream *stream) {
  stream->exhausted = true;
  return 0;
}

uint32_t lzr_bitstream_read(struct lzr_bitstream *stream, unsigned count) {
  uint32_t value = 0;
  if (stream->exhausted || count > 32 || stream->end - stream->at < count)
    return fail(stream);
  for (unsigned i = 0; i < count; i++, stream->at++)
    value |= (uint32_t)(stream->bytes[stream->at / 8] >> stream->at % 8 & 1)
             << i;
  return value;
}

uint32_t lzr_bitstream_read_variable(struct lzr_bitstream *stream,
                                     unsigned width) {
  uint32_t value = 0, more = width > 1 && width <= 32 ? 1u << (width - 1) : 0;
  for (unsigned shift = 0; more && shift < 32; shift += width - 1) {
    uint32_t group = lzr_bitstream_read(stream, width);
    value |= (group & (more - 1)) << shift;
    if (!(group & more))
      return value;
  }
  return fail(stream);
}

struct lzr_bitstream_block
lzr_bitstream_read_block(struct lzr_bitstream *stream) {
  struct lzr_bitstream_block block;
  block.kind = lzr_bitstream_read_variable(stream, 8);
  block.width = lzr_bitstream_read_variable(stream, 4);
  lzr_bitstream_read(stream, (unsigned)(-stream->at % WORD_BITS));
  block.words = lzr_bitstream_read(stream, WORD_BITS);
  return block;
}

void lzr_bitstream_skip(struct lzr_bitstream *stream, uint32_t words) {
  uint64_t bits = (uint64_t)words * WORD_BITS;
  if (stream->end - stream->at < bits)
    fail(stream);
  else
    stream->at += bits;
}
