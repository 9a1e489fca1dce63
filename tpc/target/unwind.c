/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/unwind.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/target/fork.h"

/* libgcc's. The entry is memory for the registry; __register_frame() would
   allocate it, and crash where there is none. */
void __register_frame_info(const void *section, void *entry);
void *__deregister_frame_info(const void *section);

/* Of libgcc's versions, none uses more than eight words. */
enum { ENTRY_WORDS = 16 };

/* Pointer encodings (DW_EH_PE_*): a format in the low four bits, what it is
   relative to in the next three. */
enum {
  FORMAT_ABSOLUTE = 0x00,
  FORMAT_UDATA2 = 0x02,
  FORMAT_UDATA4 = 0x03,
  FORMAT_UDATA8 = 0x04,
  FORMAT_SDATA2 = 0x0a,
  FORMAT_SDATA4 = 0x0b,
  FORMAT_SDATA8 = 0x0c,
  FORMAT_MASK = 0x0f,
  RELATIVE_TO_NOTHING = 0x00,
  RELATIVE_TO_PLACE = 0x10,
  RELATIVE_MASK = 0x70,
  RELATIVE_ALIGNED = 0x50
};

/* Reads forward inside one record, never past its end. */
struct cursor {
  const uint8_t *at, *end;
  bool failed;
};

struct section {
  const uint8_t *start, *end;
  lzr_addr code;
  uint64_t code_size;
};

static uint64_t read_bytes(struct cursor *cursor, unsigned size) {
  uint64_t value = 0;

  if ((uint64_t)(cursor->end - cursor->at) < size) {
    cursor->failed = true;
    cursor->at = cursor->end;
    return 0;
  }
  memcpy(&value, cursor->at, size);
  cursor->at += size;
  return value;
}

static uint8_t read_byte(struct cursor *cursor) {
  return (uint8_t)read_bytes(cursor, 1);
}

/* Skips a LEB128 number, signed or unsigned; its value is not needed here. */
static uint64_t read_leb(struct cursor *cursor) {
  uint64_t value = 0;
  unsigned shift = 0;
  uint8_t byte;

  do {
    byte = read_byte(cursor);
    if (shift < 64)
      value |= (uint64_t)(byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  return value;
}

/* The size of a pointer with that encoding; 0 if no compiler writes it. */
static unsigned format_size(uint8_t encoding) {
  if ((encoding & RELATIVE_MASK) == RELATIVE_ALIGNED)
    return 0;
  switch (encoding & FORMAT_MASK) {
  case FORMAT_UDATA2:
  case FORMAT_SDATA2:
    return 2;
  case FORMAT_UDATA4:
  case FORMAT_SDATA4:
    return 4;
  case FORMAT_ABSOLUTE:
  case FORMAT_UDATA8:
  case FORMAT_SDATA8:
    return 8;
  default:
    return 0;
  }
}

/* Whether the addresses of FDEs may have that encoding. */
static bool is_code_encoding(uint8_t encoding) {
  uint8_t relative = encoding & ~FORMAT_MASK;

  return format_size(encoding) &&
         (relative == RELATIVE_TO_NOTHING || relative == RELATIVE_TO_PLACE);
}

static uint64_t sign_extend(uint64_t value, uint8_t encoding) {
  switch (encoding & FORMAT_MASK) {
  case FORMAT_SDATA2:
    return (uint64_t)(int64_t)(int16_t)value;
  case FORMAT_SDATA4:
    return (uint64_t)(int64_t)(int32_t)value;
  default:
    return value;
  }
}

/* Reads the length word at *at, and sets record to the bytes that follow; false
   if the record is not inside the section. */
static bool open_record(const struct section *section, const uint8_t *at,
                        struct cursor *record) {
  struct cursor head = {at, section->end, false};
  uint64_t length = read_bytes(&head, 4);

  /* 0xffffffff announces a 64-bit length, which the registry does not know; as
     a 32-bit length it is too large and is rejected. */
  if (head.failed || length < 4 || length > (uint64_t)(section->end - head.at))
    return false;
  *record = (struct cursor){head.at, head.at + length, false};
  return true;
}

/* 'P': an encoded pointer to the personality. */
static void skip_personality(struct cursor *record) {
  uint8_t encoding = read_byte(record);
  unsigned size = format_size(encoding);

  if (!size)
    record->failed = true;
  read_bytes(record, size);
}

/* Reads the data for the augmentation's letters; *encoding becomes that of
   FDEs. */
static void read_augmentation(struct cursor *record, const char *letters,
                              uint8_t *encoding) {
  for (; *letters && !record->failed; letters++)
    switch (*letters) {
    case 'R':
      *encoding = read_byte(record);
      break;
    case 'P':
      skip_personality(record);
      break;
    case 'L':
      if (!format_size(read_byte(record)))
        record->failed = true;
      break;
    case 'S': /* a signal frame */
    case 'B': /* return addresses signed with AArch64's key B */
    case 'G': /* tagged stack frames */
      break;
    default:
      record->failed = true;
    }
}

/* Reads a CIE; false if it is malformed. */
static bool read_cie(struct cursor record, uint8_t *encoding) {
  const char *letters;
  uint8_t version;

  read_bytes(&record, 4); /* the zero that makes it a CIE */
  version = read_byte(&record);
  letters = (const char *)record.at;
  while (read_byte(&record) != 0 && !record.failed)
    ;
  if (record.failed || (version != 1 && version != 3))
    return false;
  read_leb(&record); /* code and data alignment */
  read_leb(&record);
  if (version == 1)
    read_byte(&record); /* return address register */
  else
    read_leb(&record);
  *encoding = FORMAT_ABSOLUTE;
  if (*letters == '\0')
    return !record.failed;
  if (*letters != 'z')
    return false;
  uint64_t length = read_leb(&record);
  if (record.failed || length > (uint64_t)(record.end - record.at))
    return false;
  record.end = record.at + length;
  read_augmentation(&record, letters + 1, encoding);
  return !record.failed && is_code_encoding(*encoding);
}

/* Finds the CIE to which the word at place points back. */
static bool find_cie(const struct section *section, const uint8_t *place,
                     uint32_t distance, struct cursor *cie) {
  struct cursor id;

  if (distance > (uint64_t)(place - section->start) ||
      !open_record(section, place - distance, cie))
    return false;
  id = *cie;
  return read_bytes(&id, 4) == 0;
}

static bool check_fde(const struct section *section, struct cursor record) {
  const uint8_t *place = record.at;
  uint32_t distance = (uint32_t)read_bytes(&record, 4);
  struct cursor cie;
  uint8_t encoding = 0;
  uint64_t begin, length;

  if (!find_cie(section, place, distance, &cie) || !read_cie(cie, &encoding))
    return false;
  place = record.at;
  begin = sign_extend(read_bytes(&record, format_size(encoding)), encoding);
  length = read_bytes(&record, format_size(encoding));
  if (record.failed)
    return false;
  if (begin == 0) /* the linker dropped this function; skip it */
    return true;
  if ((encoding & RELATIVE_MASK) == RELATIVE_TO_PLACE)
    begin += (uintptr_t)place;
  return begin >= section->code &&
         begin - section->code <= section->code_size &&
         length <= section->code_size - (begin - section->code);
}

static bool check_record(const struct section *section, struct cursor record) {
  struct cursor id = record;
  uint8_t encoding;

  if (read_bytes(&id, 4) == 0)
    return read_cie(record, &encoding);
  return check_fde(section, record);
}

lzr_error *lzr_unwind_check(const uint8_t *start, uint64_t size, lzr_addr code,
                            uint64_t code_size) {
  struct section section = {start, start + size, code, code_size};
  const uint8_t *at = start;

  for (;;) {
    struct cursor word = {at, section.end, false}, record;

    if (read_bytes(&word, 4) == 0)
      break;
    if (!open_record(&section, at, &record) || !check_record(&section, record))
      return lzr_error_create(
          LZR_ERROR_FORMAT,
          "malformed or foreign unwind information at byte %llu of %llu",
          (unsigned long long)(at - start), (unsigned long long)size);
    at = record.end;
  }
  if (section.end - at < 4)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "unwind information of %llu bytes does not end "
                            "with a zero word",
                            (unsigned long long)size);
  return NULL;
}

/* The registry aborts the process when it is asked to remove a section that it
   does not have, and one without records cannot be found in it. */
static bool is_empty(const void *section) {
  struct cursor word = {section, (const uint8_t *)section + 4, false};

  return read_bytes(&word, 4) == 0;
}

/* Under the target's lock, so that no fork happens while a thread holds the
   registry's own lock. */
lzr_error *lzr_unwind_register(const void *section) {
  void *entry;

  if (is_empty(section))
    return NULL;
  entry = calloc(ENTRY_WORDS, sizeof(void *));
  if (!entry)
    return lzr_out_of_memory();
  lzr_target_lock();
  __register_frame_info(section, entry);
  lzr_target_unlock();
  return NULL;
}

void lzr_unwind_deregister(const void *section) {
  void *entry;

  if (is_empty(section))
    return;
  lzr_target_lock();
  entry = __deregister_frame_info(section);
  lzr_target_unlock();
  free(entry);
}
