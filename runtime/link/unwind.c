/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * .eh_frame (LSB Core, chapter 10.6) is a sequence of records, each a length
 * and that many bytes; a record is a CIE, or an FDE that names its CIE by
 * distance. The unwinder walks the section without knowing its size, so the
 * lengths and the references to CIEs are checked here: in the file, and again
 * once relocations may have changed them. The records' contents are not: they
 * deserve as much trust as the code that they describe.
 */
#include "runtime/link/object.h"

struct record {
  uint64_t id_at;  /* offset of the word after the length */
  uint64_t end;    /* offset behind the record */
  uint32_t cie_id; /* that word: 0 for a CIE */
};

static uint32_t load_word(const struct lzr_section *section, uint64_t offset) {
  const uint8_t *bytes = section->written ? section->written : section->bytes;
  uint32_t word;
  memcpy(&word, bytes + offset, sizeof word);
  return le32toh(word);
}

static lzr_error *malformed(const struct lzr_section *section, uint64_t offset,
                            const char *what) {
  return lzr_error_create(LZR_ERROR_FORMAT, "the unwind record at %s+%#llx %s",
                          section->name, (unsigned long long)offset, what);
}

/* A length of zero marks the section's end; that record is empty. */
static lzr_error *read_record(const struct lzr_section *section,
                              uint64_t offset, struct record *record) {
  if (section->size - offset < 4)
    return malformed(section, offset, "is cut short");
  uint32_t length = load_word(section, offset);
  *record = (struct record){.id_at = offset + 4, .end = offset + 4};
  if (length == 0)
    return NULL;
  if (length == UINT32_MAX)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the unwind record at %s+%#llx has a 64-bit length",
                            section->name, (unsigned long long)offset);
  if (length < 8 || length > section->size - record->id_at)
    return malformed(section, offset, "reaches past the section's end");
  record->end += length;
  record->cie_id = load_word(section, record->id_at);
  return NULL;
}

/* Whether a CIE begins at offset; the section has been checked up to end. */
static bool is_cie(const struct lzr_section *section, uint64_t offset,
                   uint64_t end) {
  return offset < end && section->size - offset >= 8 &&
         load_word(section, offset) != 0 && load_word(section, offset + 4) == 0;
}

static lzr_error *check_record(const struct lzr_section *section,
                               uint64_t offset, const struct record *record) {
  if (record->cie_id == 0)
    return NULL;
  if (record->cie_id > record->id_at ||
      !is_cie(section, record->id_at - record->cie_id, offset))
    return malformed(section, offset, "has no CIE");
  return NULL;
}

bool lzr_section_is_unwind(const struct lzr_section *section) {
  return section->flags & SHF_ALLOC && section->size > 0 &&
         strcmp(section->name, ".eh_frame") == 0;
}

lzr_error *lzr_section_check_unwind(const struct lzr_section *section) {
  if (!lzr_section_is_unwind(section))
    return NULL;
  if (!section->bytes || section->flags & (SHF_EXECINSTR | SHF_TLS))
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "section .eh_frame is not plain data");
  for (uint64_t offset = 0; offset < section->size;) {
    struct record record = {0};
    lzr_error *error = read_record(section, offset, &record);
    if (!error)
      error = check_record(section, offset, &record);
    if (error)
      return error;
    offset = record.end;
  }
  return NULL;
}

size_t lzr_object_count_unwind(const struct lzr_object *object) {
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    count += lzr_section_is_unwind(&object->sections[i]);
  return count;
}

lzr_error *lzr_object_check_unwind(const struct lzr_object *object) {
  for (uint32_t i = 1; i < object->section_count; i++) {
    lzr_error *error = lzr_section_check_unwind(&object->sections[i]);
    if (error)
      return lzr_error_wrap(error, "object '%s', relocated", object->name);
  }
  return NULL;
}
