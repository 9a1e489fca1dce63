/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The first look at an object's sections and symbols: what use this module has
 * for each section, which comdat it belongs to, where its relocations are, and
 * which functions start where.
 */
#include <stdlib.h>

#include "runtime/module/object_private.h"

/* Sections. */

static lzr_error *refuse_section(const struct lzr_section *section,
                                 const char *why) {
  return lzr_error_create(LZR_ERROR_UNSUPPORTED, "section '%s' %s",
                          section->name, why);
}

/* Sections with pieces of functions, which linkers put together: compilers made
   constructors so long ago. */
static bool is_piece_of_function(const struct lzr_section *section) {
  return section->size > 0 && (strcmp(section->name, ".init") == 0 ||
                               strcmp(section->name, ".fini") == 0);
}

/* Code checks what lies in front of a function that it calls by its address,
   which is the stub's. */
static bool is_of_checked_calls(const struct lzr_section *section) {
  return strcmp(section->name, ".kcfi_traps") == 0;
}

static lzr_error *use_section(const struct lzr_section *section,
                              struct lzr_object_part *part) {
  if (!(section->flags & SHF_ALLOC) || section->flags & SHF_EXCLUDE ||
      section->type == SHT_NULL)
    return NULL;
  if (is_of_checked_calls(section))
    return refuse_section(section, "is from -fsanitize=kcfi, whose checks look "
                                   "in front of functions; compile to bitcode");
  if (lzr_section_is_unwind(section))
    part->use = LZR_PART_UNWIND;
  else if (lzr_section_is_init_array(section))
    part->use = LZR_PART_ARRAY;
  else
    part->use = section->flags & SHF_EXECINSTR ? LZR_PART_CODE : LZR_PART_DATA;
  if (part->use == LZR_PART_CODE && section->flags & SHF_TLS)
    return refuse_section(section, "is both code and thread-local");
  if (part->use == LZR_PART_CODE && is_piece_of_function(section))
    return refuse_section(section, "is a piece of a function that runs at the "
                                   "program's start or end; use "
                                   ".init_array or .fini_array");
  return NULL;
}

static lzr_error *use_sections(struct lzr_object_module *module) {
  const struct lzr_object *object = module->object;
  for (uint32_t i = 1; i < object->section_count; i++) {
    lzr_error *error = use_section(&object->sections[i], &module->parts[i]);
    if (error)
      return error;
  }
  return NULL;
}

/* Goes backwards, so that each list is in the file's order. */
static void list_relocs(struct lzr_object_module *module) {
  const struct lzr_object *object = module->object;
  for (size_t i = object->table_count; i-- > 0;) {
    struct lzr_object_part *part = &module->parts[object->tables[i].section];
    module->next_relocs[i] = part->relocs;
    part->relocs = (uint32_t)i + 1;
  }
}

/* Comdats. */

static uint32_t load_word(const uint8_t *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return le32toh(word);
}

static bool is_comdat(const struct lzr_section *section) {
  return section->type == SHT_GROUP && load_word(section->bytes) & GRP_COMDAT;
}

/* The linker's reader has checked the members. */
static void read_comdat(struct lzr_object_module *module,
                        const struct lzr_section *group) {
  uint32_t comdat = module->comdat_count++;
  if (group->info < module->object->symbol_count)
    module->comdats[comdat].signature = group->info;
  for (uint64_t at = 4; at < group->size; at += 4)
    module->parts[load_word(group->bytes + at)].comdat = comdat + 1;
}

static lzr_error *read_comdats(struct lzr_object_module *module) {
  const struct lzr_object *object = module->object;
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    count += is_comdat(&object->sections[i]);
  module->comdats =
      lzr_arena_alloc(&module->arena, count, sizeof *module->comdats);
  if (!module->comdats)
    return lzr_out_of_memory();
  for (uint32_t i = 1; i < object->section_count; i++)
    if (is_comdat(&object->sections[i]))
      read_comdat(module, &object->sections[i]);
  return NULL;
}

/* Symbols. */

static lzr_error *check_place(const struct lzr_object *object,
                              const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  if (section && section->flags & SHF_ALLOC && symbol->value > section->size)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "symbol '%s' is at %#llx of section '%s', which "
                            "has %#llx bytes",
                            lzr_object_symbol_display_name(object, symbol),
                            (unsigned long long)symbol->value, section->name,
                            (unsigned long long)section->size);
  return NULL;
}

static lzr_error *check_common(const struct lzr_object_symbol *symbol) {
  if (symbol->place == LZR_PLACE_COMMON && !lzr_object_symbol_is_global(symbol))
    return lzr_error_create(LZR_ERROR_FORMAT, "common symbol '%s' is local",
                            symbol->name);
  return NULL;
}

/* GCC's -flto leaves only GCC's own intermediate code, which nobody else can
   read. */
static lzr_error *check_slim(const struct lzr_object_symbol *symbol) {
  if (symbol->place == LZR_PLACE_COMMON &&
      strcmp(symbol->name, "__gnu_lto_slim") == 0)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "has only intermediate code of GCC's; compile it "
                            "without -flto, or with -ffat-lto-objects");
  return NULL;
}

static bool is_function(const struct lzr_object_module *module,
                        const struct lzr_object_symbol *symbol) {
  return symbol->type == STT_FUNC && symbol->place == LZR_PLACE_SECTION &&
         module->parts[symbol->section].use == LZR_PART_CODE;
}

static void mark_part(struct lzr_object_module *module, uint32_t index) {
  const struct lzr_object_symbol *symbol = &module->object->symbols[index];
  if (symbol->place != LZR_PLACE_SECTION || symbol->type == STT_SECTION)
    return;
  struct lzr_object_part *part = &module->parts[symbol->section];
  bool is_code = part->use == LZR_PART_CODE;
  if (!part->global && lzr_object_symbol_is_global(symbol))
    part->global = index;
  if (is_code && (symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC))
    return;
  part->has_global |= lzr_object_symbol_is_global(symbol);
  part->has_object |= symbol->type != STT_NOTYPE;
}

static lzr_error *look_at_symbols(struct lzr_object_module *module) {
  const struct lzr_object *object = module->object;
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < object->symbol_count && !error; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    error = check_place(object, symbol);
    if (!error)
      error = check_slim(symbol);
    if (!error)
      error = check_common(symbol);
    mark_part(module, i);
    module->function_count += is_function(module, symbol);
  }
  return error;
}

/* Chooses which of several functions at one place stands for the others: one
   that no other module's definition can replace. */
static int rank(const struct lzr_object *object,
                const struct lzr_object_symbol *symbol) {
  if (!lzr_object_symbol_is_global(symbol))
    return 0;
  return lzr_object_symbol_is_preemptible(object, symbol) ? 2 : 1;
}

static int compare_functions(const void *left, const void *right, void *data) {
  const struct lzr_object *object = data;
  uint32_t i = *(const uint32_t *)left, j = *(const uint32_t *)right;
  const struct lzr_object_symbol *a = &object->symbols[i];
  const struct lzr_object_symbol *b = &object->symbols[j];
  if (a->section != b->section)
    return a->section < b->section ? -1 : 1;
  if (a->value != b->value)
    return a->value < b->value ? -1 : 1;
  int difference = rank(object, a) - rank(object, b);
  return difference ? difference : i < j ? -1 : i > j;
}

static lzr_error *list_functions(struct lzr_object_module *module) {
  struct lzr_object *object = module->object;
  module->functions = lzr_arena_alloc(&module->arena, module->function_count,
                                      sizeof *module->functions);
  if (!module->functions)
    return lzr_out_of_memory();
  size_t next = 0;
  for (uint32_t i = 1; i < object->symbol_count; i++)
    if (is_function(module, &object->symbols[i]))
      module->functions[next++] = i;
  qsort_r(module->functions, next, sizeof *module->functions, compare_functions,
          object);
  return NULL;
}

lzr_error *lzr_parts_read(struct lzr_object_module *module) {
  const struct lzr_object *object = module->object;
  module->parts = lzr_arena_alloc(&module->arena, object->section_count,
                                  sizeof *module->parts);
  module->next_relocs = lzr_arena_alloc(&module->arena, object->table_count,
                                        sizeof *module->next_relocs);
  if (!module->parts || !module->next_relocs)
    return lzr_out_of_memory();
  lzr_error *error = use_sections(module);
  if (error)
    return error;
  list_relocs(module);
  error = read_comdats(module);
  if (!error)
    error = look_at_symbols(module);
  return error ? error : list_functions(module);
}
