/*
 * Packing values into messages and back: the encoding that LLVM calls Simple
 * Packed Serialization. Little-endian, no padding, no type tags; a sequence is
 * its 64-bit length and its elements.
 *
 * Neither a writer nor a reader needs to be asked after each step: the first
 * failure sticks, and one question at the end tells (out of memory; bytes
 * missing). A reader's bytes come from a peer and are believed nothing.
 *
 * Not thread-safe.
 */
#ifndef LZR_WIRE_PACK_H
#define LZR_WIRE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty one. bytes is owned, ended by lzr_writer_fini(), or
   taken out of it by who sends it. */
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
/* The same of a C string, without its end. */
void lzr_pack_string(struct lzr_writer *writer, const char *string);
/* Bytes as they are, no length. */
void lzr_pack_raw(struct lzr_writer *writer, const void *bytes, size_t size);

/* Borrows the bytes. */
struct lzr_reader {
  const uint8_t *at, *end;
  bool failed; /* something was missing or not allowed; all values from there
                  on are 0 and empty */
};

void lzr_reader_init(struct lzr_reader *reader, const void *bytes, size_t size);

uint8_t lzr_unpack_u8(struct lzr_reader *reader);
bool lzr_unpack_bool(struct lzr_reader *reader); /* fails unless 0 or 1 */
uint32_t lzr_unpack_u32(struct lzr_reader *reader);
uint64_t lzr_unpack_u64(struct lzr_reader *reader);
/* Borrowed from the message. */
const uint8_t *lzr_unpack_bytes(struct lzr_reader *reader, size_t *size);
/* A copy that ends with 0, owned; fails when a 0 is inside it. NULL on failure.
 */
char *lzr_unpack_string(struct lzr_reader *reader);
/* A sequence's length; fails if fewer than minimum bytes (of one element, at
   least 1) times the length are left, so that memory for that many elements may
   be asked for. */
size_t lzr_unpack_count(struct lzr_reader *reader, size_t minimum);

#endif
