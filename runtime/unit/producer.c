/*
 * Reads the first block of a bitcode file, as LLVM's "Bitcode File Format"
 * describes it: a stream of bits, least significant first.
 */
#include "runtime/unit/producer.h"

#include <llvm-c/Core.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { IDENTIFICATION_BLOCK = 13, STRING_RECORD = 1 };
enum { END_BLOCK, ENTER_BLOCK, DEFINE_ABBREVIATION, PLAIN_RECORD };
enum { FIRST_ABBREVIATION = 4, MAX_ABBREVIATIONS = 4, MAX_FIELDS = 8 };
enum encoding { LITERAL = 0, FIXED = 1, VARIABLE = 2, ARRAY = 3, CHAR6 = 4 };

/* At the end of its bytes it is exhausted, and all it reads is 0. */
struct reader {
  const uint8_t *bytes;
  uint64_t at, end; /* bits */
  bool exhausted;
};

struct field {
  enum encoding encoding;
  uint32_t value; /* a literal's; else a width in bits */
};

struct abbreviation {
  struct field fields[MAX_FIELDS];
  unsigned count;
};

struct block {
  unsigned width; /* of the numbers that records begin with */
  struct abbreviation abbreviations[MAX_ABBREVIATIONS];
  unsigned count;
};

/* ---- Bits ---------------------------------------------------------------- */

static uint32_t read_bits(struct reader *reader, unsigned count) {
  uint32_t value = 0;
  if (count > 32 || reader->end - reader->at < count) {
    reader->exhausted = true;
    return 0;
  }
  for (unsigned i = 0; i < count; i++, reader->at++)
    value |= (uint32_t)(reader->bytes[reader->at / 8] >> reader->at % 8 & 1)
             << i;
  return value;
}

/* Groups of bits, all but the last with their highest one set. */
static uint32_t read_variable(struct reader *reader, unsigned width) {
  uint32_t value = 0, more = width > 0 && width <= 32 ? 1u << (width - 1) : 0;
  for (unsigned shift = 0; more && shift < 32; shift += width - 1) {
    uint32_t group = read_bits(reader, width);
    value |= (group & (more - 1)) << shift;
    if (!(group & more))
      return value;
  }
  reader->exhausted = true;
  return 0;
}

static uint32_t read_field(struct reader *reader, const struct field *field) {
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";
  switch (field->encoding) {
  case LITERAL:
    return field->value;
  case FIXED:
    return read_bits(reader, field->value);
  case VARIABLE:
    return read_variable(reader, field->value);
  case CHAR6:
    return (unsigned char)letters[read_bits(reader, 6)];
  default:
    reader->exhausted = true;
    return 0;
  }
}

/* ---- Records ------------------------------------------------------------- */

static struct field read_encoding(struct reader *reader) {
  if (read_bits(reader, 1))
    return (struct field){LITERAL, read_variable(reader, 8)};
  struct field field = {(enum encoding)read_bits(reader, 3), 0};
  if (field.encoding == FIXED || field.encoding == VARIABLE)
    field.value = read_variable(reader, 5);
  else if (field.encoding != ARRAY && field.encoding != CHAR6)
    reader->exhausted = true;
  return field;
}

static void define(struct reader *reader, struct block *block) {
  uint32_t count = read_variable(reader, 5);
  if (count > MAX_FIELDS || block->count == MAX_ABBREVIATIONS) {
    reader->exhausted = true;
    return;
  }
  struct abbreviation *added = &block->abbreviations[block->count++];
  added->count = count;
  for (uint32_t i = 0; i < count; i++)
    added->fields[i] = read_encoding(reader);
}

/* The values of one record after its code, which is returned. */
struct values {
  char text[LZR_PRODUCER_SIZE];
  size_t count;
};

static void add(struct values *values, uint32_t value) {
  if (values->count < sizeof values->text - 1)
    values->text[values->count++] = (char)value;
}

static uint32_t read_plain(struct reader *reader, struct values *values) {
  uint32_t code = read_variable(reader, 6);
  uint32_t count = read_variable(reader, 6);
  while (count-- > 0 && !reader->exhausted)
    add(values, read_variable(reader, 6));
  return code;
}

static uint32_t read_abbreviated(struct reader *reader,
                                 const struct abbreviation *abbreviation,
                                 struct values *values) {
  const struct field *field = abbreviation->fields;
  const struct field *end = field + abbreviation->count;
  uint32_t code = field < end ? read_field(reader, field++) : 0;
  for (; field < end; field++) {
    if (field->encoding != ARRAY) {
      add(values, read_field(reader, field));
      continue;
    }
    uint32_t count = read_variable(reader, 6);
    for (field++; field < end && count-- > 0 && !reader->exhausted;)
      add(values, read_field(reader, field));
  }
  return code;
}

static uint32_t read_record(struct reader *reader, struct block *block,
                            uint32_t kind, struct values *values) {
  if (kind == PLAIN_RECORD)
    return read_plain(reader, values);
  if (kind - FIRST_ABBREVIATION < block->count)
    return read_abbreviated(
        reader, &block->abbreviations[kind - FIRST_ABBREVIATION], values);
  reader->exhausted = true;
  return 0;
}

static bool find_string(struct reader *reader, struct block *block,
                        struct values *values) {
  while (!reader->exhausted) {
    uint32_t kind = read_bits(reader, block->width);
    if (kind == END_BLOCK || kind == ENTER_BLOCK)
      return false;
    *values = (struct values){.count = 0};
    if (kind == DEFINE_ABBREVIATION)
      define(reader, block);
    else if (read_record(reader, block, kind, values) == STRING_RECORD)
      return !reader->exhausted;
  }
  return false;
}

/* ---- The file ------------------------------------------------------------ */

/* Bitcode may have a header of five words around it: the third says where it
   begins. */
static struct reader open_file(const char *bytes, size_t size) {
  struct reader reader = {(const uint8_t *)bytes, 0, (uint64_t)size * 8, false};
  if (size >= 20 && memcmp(bytes, "\xde\xc0\x17\x0b", 4) == 0) {
    reader.at = 64;
    uint64_t start = (uint64_t)read_bits(&reader, 32) * 8;
    reader.at = start < reader.end ? start : reader.end;
  }
  return reader;
}

bool lzr_bitcode_producer(const char *bytes, size_t size,
                          char producer[LZR_PRODUCER_SIZE]) {
  struct reader reader = open_file(bytes, size);
  struct block block = {.count = 0};
  struct values values;
  if (read_bits(&reader, 32) != 0xdec04342u /* "BC", 0xc0de */ ||
      read_bits(&reader, 2) != ENTER_BLOCK ||
      read_variable(&reader, 8) != IDENTIFICATION_BLOCK)
    return false;
  block.width = read_variable(&reader, 4);
  read_bits(&reader, (unsigned)(-reader.at % 32)); /* to the next word */
  read_bits(&reader, 32);                          /* the block's size */
  if (!find_string(&reader, &block, &values))
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
