/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Packing values into messages and back: the encoding that LLVM calls Simple
 * Packed Serialization. Little-endian, no padding, no type tags; a sequence is
 * its 64-bit length and its elements.
 *
 * The caller need not check a writer or a reader after each step: the first
 * failure sticks, and one check at the end finds it (out of memory; bytes
 * missing). A reader does not trust its bytes, because they come from a peer.
 *
 * Not thread-safe.
 */
#ifndef LZR_WIRE_PACK_H
#define LZR_WIRE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An all-zero struct is an empty writer. bytes is owned: lzr_writer_fini()
   frees it, unless the sender has taken it out. */
struct lzr_writer {
  uint8_t *bytes;
  size_t size, capacity;
  bool failed; /* out of memory */
};

void lzr_writer_fini(struct lzr_writer *writer);

void lzr_pack_u8(struct lzr_writer *writer, uint8_t value);
void lzr_pack_bool(struct lzr_writer *writer, bool value);
void lzr_pack_u32(struct lzr_writer *writer, uint32_t value);
void lzr_pack_u64(struct lzr_writer *writer, uint64_t value);
/* A sequence of bytes: length, bytes. */
void lzr_pack_bytes(struct lzr_writer *writer, const void *bytes, size_t size);
/* The same for a C string, without the 0 at its end. */
void lzr_pack_string(struct lzr_writer *writer, const char *string);
/* Bytes as they are, without a length. */
void lzr_pack_raw(struct lzr_writer *writer, const void *bytes, size_t size);

/* Borrows the bytes. */
struct lzr_reader {
  const uint8_t *at, *end;
  bool failed; /* a value was missing or invalid; all further values are 0 or
                  empty */
};

void lzr_reader_init(struct lzr_reader *reader, const void *bytes, size_t size);

uint8_t lzr_unpack_u8(struct lzr_reader *reader);
bool lzr_unpack_bool(struct lzr_reader *reader); /* fails unless 0 or 1 */
uint32_t lzr_unpack_u32(struct lzr_reader *reader);
uint64_t lzr_unpack_u64(struct lzr_reader *reader);
/* Borrowed from the message. */
const uint8_t *lzr_unpack_bytes(struct lzr_reader *reader, size_t *size);
/* A copy that ends with 0, owned. Returns NULL and fails when the string
   contains a 0. */
char *lzr_unpack_string(struct lzr_reader *reader);
/* Reads a sequence's length. Fails if fewer than length times minimum bytes are
   left, so that the caller may allocate that many elements. minimum is the
   least size of one element, at least 1. */
size_t lzr_unpack_count(struct lzr_reader *reader, size_t minimum);

#endif
