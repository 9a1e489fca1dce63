/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the bits of bitcode (LLVM's "Bitcode File Format"): a stream that
 * begins with the lowest bit of each byte. Not thread-safe.
 */
#ifndef LZR_BITSTREAM_H
#define LZR_BITSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once a read would go beyond the end, the stream is exhausted, and this and
   all later reads return 0. */
struct lzr_bitstream {
  const uint8_t *bytes; /* borrowed; the bitcode, without a wrapper header */
  uint64_t at, end;     /* in bits */
  bool exhausted;
};

/* The kind of entry that lzr_bitstream_read() finds between blocks. */
enum { LZR_BITSTREAM_ENTER_BLOCK = 1 };

/* Begins behind the magic number. Returns false if bytes are no bitcode, or if
   a wrapper header says that the bitcode is where no bytes are. */
bool lzr_bitstream_open(struct lzr_bitstream *stream, const uint8_t *bytes,
                        size_t size);

/* Reads a number of count bits, at most 32. */
uint32_t lzr_bitstream_read(struct lzr_bitstream *stream, unsigned count);

/* Reads a number in groups of width bits. All groups but the last have their
   highest bit set. */
uint32_t lzr_bitstream_read_variable(struct lzr_bitstream *stream,
                                     unsigned width);

/* Reads what follows LZR_BITSTREAM_ENTER_BLOCK. */
struct lzr_bitstream_block {
  uint32_t kind;
  uint32_t width; /* in bits, of the number with which each entry begins */
  uint32_t words; /* the block's size in words of 32 bits */
};
struct lzr_bitstream_block
lzr_bitstream_read_block(struct lzr_bitstream *stream);

/* Skips words of 32 bits. */
void lzr_bitstream_skip(struct lzr_bitstream *stream, uint32_t words);

#endif
