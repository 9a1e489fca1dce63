/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The records of .eh_frame, one by one, each with its relocations: every group
 * gets those that describe its code. The linker's reader has checked that they
 * are records, and that each FDE names a CIE before it.
 */
#include <stdlib.h>

#include "runtime/module/object_private.h"

/* A relocation and the section it is in. */
struct frame_entry {
  uint32_t section;
  struct lzr_reloc reloc;
};

static int compare_entries(const void *left, const void *right) {
  const struct frame_entry *a = left, *b = right;
  if (a->section != b->section)
    return a->section < b->section ? -1 : 1;
  return a->reloc.offset < b->reloc.offset ? -1
                                           : a->reloc.offset > b->reloc.offset;
}

static uint32_t load_word(const struct lzr_section *section, uint64_t offset) {
  uint32_t word;
  memcpy(&word, section->bytes + offset, sizeof word);
  return le32toh(word);
}

/* Relocations. */

static bool is_unwind_table(const struct lzr_object_module *module, size_t i) {
  return module->parts[module->object->tables[i].section].use ==
         LZR_PART_UNWIND;
}

/* Sorted; *entries is owned (free()). */
static lzr_error *collect_relocs(const struct lzr_object_module *module,
                                 struct frame_entry **entries, size_t *count) {
  const struct lzr_object *object = module->object;
  *count = 0;
  for (size_t i = 0; i < object->table_count; i++)
    if (is_unwind_table(module, i))
      *count += object->tables[i].count;
  *entries = calloc(*count + 1, sizeof **entries);
  if (!*entries)
    return lzr_out_of_memory();
  size_t next = 0;
  for (size_t i = 0; i < object->table_count; i++)
    for (size_t j = 0;
         is_unwind_table(module, i) && j < object->tables[i].count; j++)
      (*entries)[next++] = (struct frame_entry){
          object->tables[i].section, lzr_reloc_load(&object->tables[i], j)};
  qsort(*entries, *count, sizeof **entries, compare_entries);
  return NULL;
}

/* Records. */

/* 4 for the end mark, a zero length, which counts as no record. */
static uint64_t record_size(const struct lzr_section *section,
                            uint64_t offset) {
  return 4 + (uint64_t)load_word(section, offset);
}

static size_t count_records(const struct lzr_section *section) {
  size_t count = 0;
  for (uint64_t at = 0; at < section->size; at += record_size(section, at))
    count += record_size(section, at) > 4;
  return count;
}

/* The index of the last record that starts at or before offset, of those of one
   section, which begin at first. */
static uint32_t find_record(const struct lzr_object_module *module,
                            size_t first, uint64_t offset) {
  size_t low = first, high = module->record_count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (module->records[middle].offset <= offset)
      low = middle;
    else
      high = middle;
  }
  return (uint32_t)low;
}

static bool is_cie(const struct lzr_object_module *module, size_t index) {
  return module->records[index].cie == index;
}

static lzr_error *find_cie(const struct lzr_object_module *module, size_t first,
                           uint64_t offset, uint32_t *cie) {
  *cie = find_record(module, first, offset);
  if (module->record_count > first && is_cie(module, *cie) &&
      module->records[*cie].offset == offset)
    return NULL;
  return lzr_error_create(LZR_ERROR_FORMAT,
                          "there is no CIE at .eh_frame+%#llx",
                          (unsigned long long)offset);
}

static lzr_error *read_records(struct lzr_object_module *module,
                               uint32_t index) {
  const struct lzr_section *section = lzr_object_module_section(module, index);
  size_t first = module->record_count;
  for (uint64_t at = 0; at < section->size; at += record_size(section, at)) {
    if (record_size(section, at) == 4)
      continue;
    struct lzr_unwind_record *record = &module->records[module->record_count];
    *record = (struct lzr_unwind_record){
        .section = index, .offset = at, .size = record_size(section, at)};
    uint32_t distance = load_word(section, at + 4);
    record->cie = (uint32_t)module->record_count;
    lzr_error *error =
        distance ? find_cie(module, first, at + 4 - distance, &record->cie)
                 : NULL;
    if (error)
      return error;
    module->record_count++;
  }
  return NULL;
}

/* Which relocations and which code. */

static lzr_error *check_inside(const struct lzr_object_module *module,
                               const struct lzr_unwind_record *record,
                               const struct lzr_reloc *reloc) {
  uint64_t size = module->object->arch->find_reloc(reloc->type)->size;
  if (reloc->offset - record->offset + size <= record->size)
    return NULL;
  return lzr_error_create(
      LZR_ERROR_FORMAT,
      "the relocation at .eh_frame+%#llx is not inside one record",
      (unsigned long long)reloc->offset);
}

/* Whether the relocation comes before the record, or behind it. */
static int side_of(const struct lzr_unwind_record *record,
                   const struct frame_entry *entry) {
  if (entry->section != record->section)
    return entry->section < record->section ? -1 : 1;
  if (entry->reloc.offset < record->offset)
    return -1;
  return entry->reloc.offset - record->offset >= record->size;
}

static lzr_error *give_relocs(struct lzr_object_module *module,
                              const struct frame_entry *entries, size_t count) {
  size_t next = 0, used = 0;
  for (size_t i = 0; i < module->record_count; i++) {
    struct lzr_unwind_record *record = &module->records[i];
    record->first_reloc = used;
    while (next < count && side_of(record, &entries[next]) < 0)
      next++;
    for (; next < count && side_of(record, &entries[next]) == 0; next++) {
      lzr_error *error = check_inside(module, record, &entries[next].reloc);
      if (error)
        return error;
      module->unwind_relocs[used++] = entries[next].reloc;
    }
    record->reloc_count = used - record->first_reloc;
  }
  return NULL;
}

/* What an FDE describes begins in the word behind the pointer to its CIE. 0 for
   one about nothing, as linkers leave them when they drop a section. */
static uint32_t described_section(const struct lzr_object_module *module,
                                  const struct lzr_unwind_record *record) {
  for (size_t i = 0; i < record->reloc_count; i++) {
    const struct lzr_reloc *reloc =
        &module->unwind_relocs[record->first_reloc + i];
    const struct lzr_object_symbol *symbol =
        &module->object->symbols[reloc->symbol];
    bool begins =
        reloc->offset == record->offset + 8 &&
        symbol->place == LZR_PLACE_SECTION &&
        module->object->arch->find_reloc(reloc->type)->expr != LZR_EXPR_NONE;
    if (begins)
      return module->parts[symbol->section].use == LZR_PART_NONE
                 ? 0
                 : symbol->section;
  }
  return 0;
}

static lzr_error *fill_records(struct lzr_object_module *module) {
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < module->object->section_count && !error; i++)
    if (module->parts[i].use == LZR_PART_UNWIND)
      error = read_records(module, i);
  if (error)
    return error;
  struct frame_entry *entries = NULL;
  size_t count = 0;
  error = collect_relocs(module, &entries, &count);
  if (!error) {
    module->unwind_relocs =
        lzr_arena_alloc(&module->arena, count, sizeof *module->unwind_relocs);
    error = module->unwind_relocs ? give_relocs(module, entries, count)
                                  : lzr_out_of_memory();
  }
  free(entries);
  for (size_t i = 0; i < module->record_count && !error; i++)
    if (!is_cie(module, i))
      module->records[i].code = described_section(module, &module->records[i]);
  return error;
}

lzr_error *lzr_records_read(struct lzr_object_module *module) {
  size_t count = 0;
  for (uint32_t i = 1; i < module->object->section_count; i++)
    if (module->parts[i].use == LZR_PART_UNWIND)
      count += count_records(lzr_object_module_section(module, i));
  module->records =
      lzr_arena_alloc(&module->arena, count, sizeof *module->records);
  return module->records ? fill_records(module) : lzr_out_of_memory();
}
