/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Adds a unit to an object: a section of code, one of exception tables, if any,
 * one of unwind records, and its symbols. The object's own sections and symbols
 * stay where they are.
 */
#include <stdlib.h>

#include "runtime/baseline/unit.h"

struct addition {
  const struct lzr_baseline_unit *unit;
  const struct lzr_baseline_arch *arch;
  struct lzr_object *object;
  uint32_t text;                          /* number of the section of code */
  uint32_t text_symbol;                   /* of its symbol */
  uint32_t exceptions, exceptions_symbol; /* the same of exception tables */
  uint32_t *numbers; /* by the unit's symbols: the object's; in the arena */
};

static void *allocate(const struct addition *a, size_t count, size_t size) {
  return lzr_arena_alloc(&a->object->arena, count, size);
}

/* Room behind what the object has. */

static bool extend(const struct addition *a, void **array, size_t old,
                   size_t more, size_t size) {
  void *extended = allocate(a, old + more, size);
  if (extended && old)
    memcpy(extended, *array, old * size);
  *array = extended;
  return extended != NULL;
}

/* An empty object has not even the null section and symbol. */
static bool make_room(const struct addition *a) {
  /* Null; code, exception tables, unwind records; of symbols the first two. */
  enum { SECTIONS = 4, SYMBOLS = 3, TABLES = 3 };
  struct lzr_object *object = a->object;
  void *sections = object->sections, *symbols = object->symbols,
       *tables = object->tables;
  bool made =
      extend(a, &sections, object->section_count, SECTIONS,
             sizeof *object->sections) &&
      extend(a, &symbols, object->symbol_count, a->unit->symbol_count + SYMBOLS,
             sizeof *object->symbols) &&
      extend(a, &tables, object->table_count, TABLES, sizeof *object->tables);
  if (!made)
    return false;
  object->sections = sections;
  object->symbols = symbols;
  object->tables = tables;
  if (!object->section_count)
    object->sections[object->section_count++].name = "";
  if (!object->symbol_count)
    object->symbols[object->symbol_count++] =
        (struct lzr_object_symbol){.name = "", .place = LZR_PLACE_ABSOLUTE};
  return true;
}

static uint32_t add_section(const struct addition *a, const char *name,
                            uint64_t flags, const uint8_t *bytes, size_t size,
                            uint64_t align) {
  struct lzr_object *object = a->object;
  object->sections[object->section_count] =
      (struct lzr_section){.name = name,
                           .bytes = bytes,
                           .size = size,
                           .align = align,
                           .flags = SHF_ALLOC | flags,
                           .type = SHT_PROGBITS};
  return object->section_count++;
}

/* Relocations are kept as a file has them. */
static void put_reloc(Elf64_Rela *reloc, uint64_t offset, uint32_t symbol,
                      uint32_t type, int64_t addend) {
  reloc->r_offset = htole64(offset);
  reloc->r_info = htole64((uint64_t)symbol << 32 | type);
  reloc->r_addend = (int64_t)htole64((uint64_t)addend);
}

static void add_table(const struct addition *a, uint32_t section,
                      const Elf64_Rela *relocs, size_t count) {
  a->object->tables[a->object->table_count++] = (struct lzr_reloc_table){
      .section = section, .entries = (const uint8_t *)relocs, .count = count};
}

/* Symbols. */

static uint32_t find_symbol(const struct lzr_object *object, const char *name) {
  for (uint32_t i = 1; i < object->symbol_count; i++)
    if (lzr_object_symbol_is_global(&object->symbols[i]) &&
        strcmp(object->symbols[i].name, name) == 0)
      return i;
  return 0;
}

static void define(const struct addition *a,
                   const struct lzr_baseline_symbol *from,
                   struct lzr_object_symbol *symbol) {
  symbol->place = LZR_PLACE_SECTION;
  symbol->section = a->text;
  symbol->value = from->function.start;
  symbol->size = from->function.end - from->function.start;
  symbol->type = STT_FUNC;
  symbol->binding = STB_GLOBAL;
}

/* The object may mention the name already; then both must only call it. */
static void add_symbol(const struct addition *a, size_t index,
                       uint32_t old_count) {
  struct lzr_object *object = a->object;
  const struct lzr_baseline_symbol *from = &a->unit->symbols[index];
  uint32_t number = old_count > 1 ? find_symbol(object, from->name) : 0;
  struct lzr_object_symbol *symbol = &object->symbols[number];
  if (!number) {
    number = object->symbol_count++;
    symbol = &object->symbols[number];
    *symbol = (struct lzr_object_symbol){
        .name = from->name,
        .binding = from->weak ? STB_WEAK : STB_GLOBAL,
        .note = {.only_called = !from->mentioned,
                 .mentioned_by = from->mentioned_by}};
  } else if (from->mentioned) {
    symbol->note.only_called = false;
  }
  if (from->defined)
    define(a, from, symbol);
  a->numbers[index] = number;
}

static uint32_t add_section_symbol(const struct addition *a, uint32_t section) {
  struct lzr_object *object = a->object;
  object->symbols[object->symbol_count] =
      (struct lzr_object_symbol){.name = "",
                                 .type = STT_SECTION,
                                 .place = LZR_PLACE_SECTION,
                                 .section = section};
  return object->symbol_count++;
}

static lzr_error *add_symbols(struct addition *a) {
  struct lzr_object *object = a->object;
  a->numbers = allocate(a, a->unit->symbol_count, sizeof *a->numbers);
  if (!a->numbers)
    return lzr_out_of_memory();
  uint32_t old_count = object->symbol_count;
  for (size_t i = 0; i < a->unit->symbol_count; i++)
    add_symbol(a, i, old_count);
  a->text_symbol = add_section_symbol(a, a->text);
  if (a->exceptions)
    a->exceptions_symbol = add_section_symbol(a, a->exceptions);
  return NULL;
}

/* Code. */

static lzr_error *add_bytes(const struct addition *a, const char *name,
                            uint64_t flags, const struct lzr_machine_code *code,
                            uint64_t align, uint32_t *section) {
  uint8_t *bytes = allocate(a, code->size, 1);
  if (!bytes)
    return lzr_out_of_memory();
  memcpy(bytes, code->bytes, code->size);
  *section = add_section(a, name, flags, bytes, code->size, align);
  return NULL;
}

static lzr_error *add_code(struct addition *a) {
  enum { ALIGN = 16 };
  lzr_error *error =
      add_bytes(a, ".text", SHF_EXECINSTR, &a->unit->code, ALIGN, &a->text);
  if (!error && a->unit->exceptions.size)
    error = add_bytes(a, ".gcc_except_table", 0, &a->unit->exceptions, ALIGN,
                      &a->exceptions);
  return error;
}

static lzr_error *add_relocs(const struct addition *a, uint32_t section,
                             const struct lzr_machine_code *code) {
  Elf64_Rela *relocs = allocate(a, code->reloc_count, sizeof *relocs);
  if (!relocs)
    return lzr_out_of_memory();
  for (size_t k = 0; k < code->reloc_count; k++)
    put_reloc(&relocs[k], code->relocs[k].offset,
              a->numbers[code->relocs[k].symbol], code->relocs[k].type,
              code->relocs[k].addend);
  add_table(a, section, relocs, code->reloc_count);
  return NULL;
}

static lzr_error *add_code_relocs(const struct addition *a) {
  lzr_error *error = add_relocs(a, a->text, &a->unit->code);
  if (!error && a->exceptions)
    error = add_relocs(a, a->exceptions, &a->unit->exceptions);
  return error;
}

/* Unwind records: a CIE for functions without an exception table, and one for
   each function that has one, since personality routines may differ. */

struct records {
  uint8_t *bytes; /* in the arena */
  size_t size;
  Elf64_Rela *relocs; /* in the arena */
  size_t reloc_count;
  size_t plain_cie; /* offset + 1 */
};

static void put_word(uint8_t *bytes, uint32_t word) {
  word = htole32(word);
  memcpy(bytes, &word, sizeof word);
}

static void put_distance(const struct addition *a, struct records *records,
                         size_t at, uint32_t symbol, uint32_t offset) {
  put_reloc(&records->relocs[records->reloc_count++], at, symbol,
            a->arch->distance_reloc, offset);
}

/* Returns the CIE's offset. */
static size_t put_cie(const struct addition *a, struct records *records,
                      const struct lzr_baseline_symbol *symbol) {
  bool has_exceptions = symbol->function.has_exceptions;
  size_t at = records->size, field = 0;
  if (!has_exceptions && records->plain_cie)
    return records->plain_cie - 1;
  records->size += lzr_unwind_write_cie(&a->arch->unwind, records->bytes + at,
                                        has_exceptions, &field);
  if (has_exceptions)
    put_distance(a, records, at + field, a->exceptions_symbol,
                 symbol->personality);
  else
    records->plain_cie = at + 1;
  return at;
}

static void put_fde(const struct addition *a, struct records *records,
                    const struct lzr_baseline_symbol *symbol) {
  enum { HEAD = 8 };
  size_t cie = put_cie(a, records, symbol), at = records->size, field = 0;
  uint8_t *bytes = records->bytes + at;
  size_t size = HEAD + lzr_unwind_write_fde(&a->arch->unwind, bytes + HEAD,
                                            &symbol->function, &field);
  put_word(bytes, (uint32_t)size - 4);
  put_word(bytes + 4, (uint32_t)(at + 4 - cie));
  put_distance(a, records, at + HEAD, a->text_symbol, symbol->function.start);
  if (symbol->function.has_exceptions)
    put_distance(a, records, at + HEAD + field, a->exceptions_symbol,
                 symbol->function.exceptions);
  records->size += size;
}

static size_t count_functions(const struct lzr_baseline_unit *unit) {
  size_t count = 0;
  for (size_t i = 0; i < unit->symbol_count; i++)
    count += unit->symbols[i].defined;
  return count;
}

static lzr_error *add_records(const struct addition *a) {
  enum { ALIGN = 8, RELOCS = 3 }; /* at most, of one function's records */
  size_t functions = count_functions(a->unit);
  struct records records = {
      .bytes = allocate(a, functions, 2 * LZR_UNWIND_MAX),
      .relocs = allocate(a, functions * RELOCS, sizeof *records.relocs)};
  if (!records.bytes || !records.relocs)
    return lzr_out_of_memory();
  for (size_t i = 0; i < a->unit->symbol_count; i++)
    if (a->unit->symbols[i].defined)
      put_fde(a, &records, &a->unit->symbols[i]);
  uint32_t section =
      add_section(a, ".eh_frame", 0, records.bytes, records.size, ALIGN);
  add_table(a, section, records.relocs, records.reloc_count);
  return lzr_section_check_unwind(&a->object->sections[section]);
}

/* All. */

lzr_error *lzr_baseline_unit_add_to(const struct lzr_baseline_unit *unit,
                                    const struct lzr_baseline_arch *arch,
                                    struct lzr_object *object) {
  struct addition a = {.unit = unit, .arch = arch, .object = object};
  if (!make_room(&a))
    return lzr_out_of_memory();
  lzr_error *error = add_code(&a);
  if (!error)
    error = add_symbols(&a);
  if (!error)
    error = add_code_relocs(&a);
  if (!error)
    error = add_records(&a);
  return error ? error : lzr_object_scan_relocs(object);
}
