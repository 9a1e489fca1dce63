/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/wire/little_endian.h"

enum { FIRST_CAPACITY = 64 };

/* ---- Writing ---- */

void lzr_writer_fini(struct lzr_writer *writer) {
  free(writer->bytes);
  *writer = (struct lzr_writer){0};
}

static bool grow(struct lzr_writer *writer, size_t wanted) {
  size_t capacity = writer->capacity ? writer->capacity : FIRST_CAPACITY;
  uint8_t *bytes;

  while (capacity < wanted)
    capacity = capacity > SIZE_MAX / 2 ? wanted : 2 * capacity;
  bytes = realloc(writer->bytes, capacity);
  if (!bytes)
    return false;
  writer->bytes = bytes;
  writer->capacity = capacity;
  return true;
}

/* Returns the place for size more bytes, or NULL. */
static uint8_t *append(struct lzr_writer *writer, size_t size) {
  size_t start = writer->size;

  if (writer->failed)
    return NULL;
  if (size > SIZE_MAX - start ||
      (start + size > writer->capacity && !grow(writer, start + size))) {
    writer->failed = true;
    return NULL;
  }
  writer->size += size;
  return writer->bytes + start;
}

static void pack_number(struct lzr_writer *writer, unsigned size,
                        uint64_t value) {
  uint8_t *bytes = append(writer, size);

  if (bytes)
    lzr_store_le(bytes, size, value);
}

void lzr_pack_u8(struct lzr_writer *writer, uint8_t value) {
  pack_number(writer, 1, value);
}

void lzr_pack_bool(struct lzr_writer *writer, bool value) {
  pack_number(writer, 1, value);
}

void lzr_pack_u32(struct lzr_writer *writer, uint32_t value) {
  pack_number(writer, 4, value);
}

void lzr_pack_u64(struct lzr_writer *writer, uint64_t value) {
  pack_number(writer, 8, value);
}

void lzr_pack_raw(struct lzr_writer *writer, const void *bytes, size_t size) {
  uint8_t *to;

  if (size == 0)
    return;
  to = append(writer, size);
  if (to)
    memcpy(to, bytes, size);
}

void lzr_pack_bytes(struct lzr_writer *writer, const void *bytes, size_t size) {
  lzr_pack_u64(writer, size);
  lzr_pack_raw(writer, bytes, size);
}

void lzr_pack_string(struct lzr_writer *writer, const char *string) {
  lzr_pack_bytes(writer, string, strlen(string));
}

/* ---- Reading ---- */

void lzr_reader_init(struct lzr_reader *reader, const void *bytes,
                     size_t size) {
  static const uint8_t nothing[1]; /* NULL + 0 is not defined in C11 */

  reader->at = size ? bytes : nothing;
  reader->end = reader->at + size;
  reader->failed = false;
}

static size_t bytes_left(const struct lzr_reader *reader) {
  return (size_t)(reader->end - reader->at);
}

static void fail(struct lzr_reader *reader) {
  reader->failed = true;
  reader->at = reader->end;
}

/* Returns the place of the next size bytes and passes over them; NULL if there
   are fewer. */
static const uint8_t *skip(struct lzr_reader *reader, uint64_t size) {
  const uint8_t *bytes = reader->at;

  if (reader->failed || size > bytes_left(reader)) {
    fail(reader);
    return NULL;
  }
  reader->at += size;
  return bytes;
}

static uint64_t unpack_number(struct lzr_reader *reader, unsigned size) {
  const uint8_t *bytes = skip(reader, size);

  return bytes ? lzr_load_le(bytes, size) : 0;
}

uint8_t lzr_unpack_u8(struct lzr_reader *reader) {
  return (uint8_t)unpack_number(reader, 1);
}

bool lzr_unpack_bool(struct lzr_reader *reader) {
  uint8_t value = lzr_unpack_u8(reader);

  if (value > 1)
    fail(reader);
  return value == 1;
}

uint32_t lzr_unpack_u32(struct lzr_reader *reader) {
  return (uint32_t)unpack_number(reader, 4);
}

uint64_t lzr_unpack_u64(struct lzr_reader *reader) {
  return unpack_number(reader, 8);
}

const uint8_t *lzr_unpack_bytes(struct lzr_reader *reader, size_t *size) {
  uint64_t length = lzr_unpack_u64(reader);
  const uint8_t *bytes = skip(reader, length);

  *size = bytes ? (size_t)length : 0;
  return bytes;
}

char *lzr_unpack_string(struct lzr_reader *reader) {
  size_t size;
  const uint8_t *bytes = lzr_unpack_bytes(reader, &size);
  char *string = NULL;

  if (bytes && !memchr(bytes, 0, size))
    string = malloc(size + 1);
  if (!string) {
    fail(reader);
    return NULL;
  }
  memcpy(string, bytes, size);
  string[size] = '\0';
  return string;
}

size_t lzr_unpack_count(struct lzr_reader *reader, size_t minimum) {
  uint64_t count = lzr_unpack_u64(reader);

  assert(minimum > 0);
  if (count > bytes_left(reader) / minimum) {
    fail(reader);
    return 0;
  }
  return (size_t)count;
}
