/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the first block of bitcode, which says what wrote it (LLVM's "Bitcode
 * File Format").
 */
#include "runtime/llvm/producer.h"

#include <llvm-c/Core.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/module/bitstream.h"

enum { IDENTIFICATION_BLOCK = 13, STRING_RECORD = 1 };
enum {
  END_BLOCK,
  ENTER_BLOCK = LZR_BITSTREAM_ENTER_BLOCK,
  DEFINE_ABBREVIATION,
  PLAIN_RECORD
};
enum { FIRST_ABBREVIATION = 4, MAX_ABBREVIATIONS = 4, MAX_FIELDS = 8 };
enum encoding { LITERAL = 0, FIXED = 1, VARIABLE = 2, ARRAY = 3, CHAR6 = 4 };

struct record_field {
  enum encoding encoding;
  uint32_t value; /* a literal's; else a width in bits */
};

struct abbreviation {
  struct record_field fields[MAX_FIELDS];
  unsigned count;
};

struct bitcode_block {
  unsigned width; /* in bits, of the number with which each record begins */
  struct abbreviation abbreviations[MAX_ABBREVIATIONS];
  unsigned count;
};

static uint32_t read_field(struct lzr_bitstream *stream,
                           const struct record_field *field) {
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";
  switch (field->encoding) {
  case LITERAL:
    return field->value;
  case FIXED:
    return lzr_bitstream_read(stream, field->value);
  case VARIABLE:
    return lzr_bitstream_read_variable(stream, field->value);
  case CHAR6:
    return (unsigned char)letters[lzr_bitstream_read(stream, 6)];
  default:
    stream->exhausted = true;
    return 0;
  }
}

/* Records. */

static struct record_field read_encoding(struct lzr_bitstream *stream) {
  if (lzr_bitstream_read(stream, 1))
    return (struct record_field){LITERAL,
                                 lzr_bitstream_read_variable(stream, 8)};
  struct record_field field = {(enum encoding)lzr_bitstream_read(stream, 3), 0};
  if (field.encoding == FIXED || field.encoding == VARIABLE)
    field.value = lzr_bitstream_read_variable(stream, 5);
  else if (field.encoding != ARRAY && field.encoding != CHAR6)
    stream->exhausted = true;
  return field;
}

static void define(struct lzr_bitstream *stream, struct bitcode_block *block) {
  uint32_t count = lzr_bitstream_read_variable(stream, 5);
  if (count > MAX_FIELDS || block->count == MAX_ABBREVIATIONS) {
    stream->exhausted = true;
    return;
  }
  struct abbreviation *added = &block->abbreviations[block->count++];
  added->count = count;
  for (uint32_t i = 0; i < count; i++)
    added->fields[i] = read_encoding(stream);
}

/* The values of one record behind its code, cut if there are too many. */
struct values {
  char text[LZR_PRODUCER_SIZE];
  size_t count;
};

static void add(struct values *values, uint32_t value) {
  if (values->count < sizeof values->text - 1)
    values->text[values->count++] = (char)value;
}

static uint32_t read_plain(struct lzr_bitstream *stream,
                           struct values *values) {
  uint32_t code = lzr_bitstream_read_variable(stream, 6);
  uint32_t count = lzr_bitstream_read_variable(stream, 6);
  while (count-- > 0 && !stream->exhausted)
    add(values, lzr_bitstream_read_variable(stream, 6));
  return code;
}

static uint32_t read_abbreviated(struct lzr_bitstream *stream,
                                 const struct abbreviation *abbreviation,
                                 struct values *values) {
  const struct record_field *field = abbreviation->fields;
  const struct record_field *end = field + abbreviation->count;
  uint32_t code = field < end ? read_field(stream, field++) : 0;
  for (; field < end; field++) {
    if (field->encoding != ARRAY) {
      add(values, read_field(stream, field));
      continue;
    }
    uint32_t count = lzr_bitstream_read_variable(stream, 6);
    for (field++; field < end && count-- > 0 && !stream->exhausted;)
      add(values, read_field(stream, field));
  }
  return code;
}

static uint32_t read_record(struct lzr_bitstream *stream,
                            struct bitcode_block *block, uint32_t kind,
                            struct values *values) {
  if (kind == PLAIN_RECORD)
    return read_plain(stream, values);
  if (kind - FIRST_ABBREVIATION < block->count)
    return read_abbreviated(
        stream, &block->abbreviations[kind - FIRST_ABBREVIATION], values);
  stream->exhausted = true;
  return 0;
}

static bool find_string(struct lzr_bitstream *stream,
                        struct bitcode_block *block, struct values *values) {
  while (!stream->exhausted) {
    uint32_t kind = lzr_bitstream_read(stream, block->width);
    if (kind == END_BLOCK || kind == ENTER_BLOCK)
      return false;
    *values = (struct values){.count = 0};
    if (kind == DEFINE_ABBREVIATION)
      define(stream, block);
    else if (read_record(stream, block, kind, values) == STRING_RECORD)
      return !stream->exhausted;
  }
  return false;
}

bool lzr_bitcode_producer(const char *bytes, size_t size,
                          char producer[LZR_PRODUCER_SIZE]) {
  struct lzr_bitstream stream;
  struct values values;
  if (!lzr_bitstream_open(&stream, (const uint8_t *)bytes, size) ||
      lzr_bitstream_read(&stream, 2) != ENTER_BLOCK)
    return false;
  struct lzr_bitstream_block found = lzr_bitstream_read_block(&stream);
  struct bitcode_block block = {.width = found.width};
  if (found.kind != IDENTIFICATION_BLOCK ||
      !find_string(&stream, &block, &values))
    return false;
  memcpy(producer, values.text, values.count);
  producer[values.count] = '\0';
  return true;
}

lzr_error *lzr_bitcode_check_producer(const char *bytes, size_t size) {
  char producer[LZR_PRODUCER_SIZE];
  unsigned major, minor, patch;
  LLVMGetVersion(&major, &minor, &patch);
  if (!lzr_bitcode_producer(bytes, size, producer) ||
      strncmp(producer, "LLVM", 4) != 0 ||
      strtoul(producer + 4, NULL, 10) <= major)
    return NULL;
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "LLVM %s wrote it, and LLVM %u.%u.%u, which is to "
                          "read it, is older",
                          producer + 4, major, minor, patch);
}
