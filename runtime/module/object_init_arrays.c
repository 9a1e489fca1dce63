/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the arrays of constructors and destructors (runtime/link/init_arrays.c
 * describes the sections). In a linked program the C library walks through
 * them. Here their relocations say which functions they hold, and the session
 * calls those by name.
 */
#include <stdlib.h>

#include "runtime/module/object_private.h"

enum { WORD = 8 };

bool lzr_section_is_init_array(const struct lzr_section *section) {
  return lzr_section_has_constructors(section) ||
         lzr_section_has_destructors(section);
}

/* Order. */

/* An entry, and what decides when its function runs. */
struct array_word {
  struct lzr_init_entry init;
  int64_t priority; /* -1 in .preinit_array */
  int64_t order;    /* among equal priorities */
};

static int compare(const void *left, const void *right) {
  const struct array_word *a = left, *b = right;
  if (a->priority != b->priority)
    return a->priority < b->priority ? -1 : 1;
  return a->order < b->order ? -1 : a->order > b->order;
}

/* Entries. */

struct reading {
  struct lzr_object_module *module;
  struct array_word *entries; /* owned */
  size_t count;
};

static lzr_error *refuse(const struct lzr_section *section, uint64_t offset,
                         const char *what) {
  return lzr_error_create(LZR_ERROR_UNSUPPORTED, "the entry at %s+%#llx %s",
                          section->name, (unsigned long long)offset, what);
}

/* Finds the name by which the session knows the function. */
static lzr_error *name_function(const struct lzr_object_module *module,
                                uint32_t section, const struct lzr_reloc *reloc,
                                const char **name) {
  const struct lzr_section *array = lzr_object_module_section(module, section);
  struct lzr_target target = lzr_target_find(module, section, reloc);
  const struct lzr_object_symbol *symbol =
      &module->object->symbols[target.symbol];
  uint32_t definition = module->definition_of[target.symbol];
  if (target.kind == LZR_TARGET_PLACE)
    return refuse(array, reloc->offset, "is not where a function starts");
  if (target.kind == LZR_TARGET_NONE || target.expr != LZR_EXPR_S_A ||
      target.addend != 0 || reloc->offset % WORD != 0 ||
      module->object->arch->find_reloc(reloc->type)->size != WORD)
    return refuse(array, reloc->offset, "is not the address of a function");
  if (target.kind == LZR_TARGET_FUNCTION ||
      (definition && target.kind == LZR_TARGET_SYMBOL))
    *name = module->definitions[definition - 1].name;
  else if (symbol->place == LZR_PLACE_UNDEFINED)
    *name = symbol->name;
  else
    return refuse(array, reloc->offset, "is not where a function starts");
  return NULL;
}

static const char *key_of(const struct lzr_object_module *module,
                          uint32_t section) {
  uint32_t comdat = module->parts[section].comdat;
  uint32_t key = comdat ? module->comdats[comdat - 1].key : 0;
  return key ? module->definitions[key - 1].name : NULL;
}

static lzr_error *read_entry(struct reading *reading, uint32_t section,
                             const struct lzr_reloc *reloc) {
  const struct lzr_section *array =
      lzr_object_module_section(reading->module, section);
  struct array_word *entry = &reading->entries[reading->count];
  int64_t at = (int64_t)section << 32 | (int64_t)(reloc->offset / WORD);
  int64_t priority = lzr_section_priority(array);
  *entry = (struct array_word){
      .init = {.priority = priority < 0 ? 0 : (uint32_t)priority,
               .key = key_of(reading->module, section)},
      .priority = priority,
      .order = lzr_section_runs_backwards(array) ? -at : at,
  };
  lzr_error *error =
      name_function(reading->module, section, reloc, &entry->init.function);
  reading->count += !error;
  return error;
}

/* Words without a relocation may be marks: -1 begins a .ctors section, 0 ends
   one. */
static bool is_mark(const struct lzr_section *section, uint64_t offset) {
  uint64_t word;
  memcpy(&word, section->bytes + offset, sizeof word);
  return word == 0 ||
         (lzr_section_runs_backwards(section) && word == UINT64_MAX);
}

/* Checks that relocations fill in every word that is not a mark, once. */
static lzr_error *check_words(const struct lzr_object_module *module,
                              uint32_t index) {
  const struct lzr_section *section = lzr_object_module_section(module, index);
  uint64_t words = section->size / WORD;
  if (!section->bytes || section->size % WORD != 0)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "section '%s' is not an array of addresses",
                            section->name);
  bool *filled = calloc(words + 1, sizeof *filled);
  if (!filled)
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  for (uint32_t i = module->parts[index].relocs; i;
       i = module->next_relocs[i - 1])
    for (size_t j = 0; j < module->object->tables[i - 1].count; j++) {
      struct lzr_reloc reloc =
          lzr_reloc_load(&module->object->tables[i - 1], j);
      uint64_t word = reloc.offset / WORD;
      if (word < words && filled[word] && !error)
        error = refuse(section, reloc.offset, "has two relocations");
      if (word < words)
        filled[word] = true;
    }
  for (uint64_t word = 0; word < words && !error; word++)
    if (!filled[word] && !is_mark(section, word * WORD))
      error = refuse(section, word * WORD, "is a number, not an address");
  free(filled);
  return error;
}

static lzr_error *read_array(struct reading *reading, uint32_t section) {
  const struct lzr_object_module *module = reading->module;
  lzr_error *error = check_words(module, section);
  for (uint32_t i = module->parts[section].relocs; i && !error;
       i = module->next_relocs[i - 1])
    for (size_t j = 0; j < module->object->tables[i - 1].count && !error; j++) {
      struct lzr_reloc reloc =
          lzr_reloc_load(&module->object->tables[i - 1], j);
      error = read_entry(reading, section, &reloc);
    }
  return error;
}

/* Lists. */

static bool is_array(const struct lzr_object_module *module, uint32_t section,
                     bool (*is_kind)(const struct lzr_section *)) {
  return module->parts[section].use == LZR_PART_ARRAY &&
         is_kind(lzr_object_module_section(module, section));
}

static lzr_error *keep_sorted(struct reading *reading,
                              struct lzr_init_list *list) {
  qsort(reading->entries, reading->count, sizeof *reading->entries, compare);
  list->entries = lzr_arena_alloc(&reading->module->arena, reading->count,
                                  sizeof *list->entries);
  if (!list->entries)
    return lzr_out_of_memory();
  for (size_t i = 0; i < reading->count; i++)
    list->entries[i] = reading->entries[i].init;
  list->count = reading->count;
  return NULL;
}

static lzr_error *read_kind(struct lzr_object_module *module,
                            bool (*is_kind)(const struct lzr_section *),
                            struct lzr_init_list *list) {
  uint32_t sections = module->object->section_count;
  size_t most = 0;
  for (uint32_t i = 1; i < sections; i++)
    if (is_array(module, i, is_kind))
      most += lzr_object_module_count_relocs(module, i);
  struct reading reading = {.module = module};
  reading.entries = calloc(most + 1, sizeof *reading.entries);
  if (!reading.entries)
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < sections && !error; i++)
    if (is_array(module, i, is_kind))
      error = read_array(&reading, i);
  if (!error)
    error = keep_sorted(&reading, list);
  free(reading.entries);
  return error;
}

lzr_error *lzr_object_read_init_arrays(struct lzr_object_module *module) {
  lzr_error *error = read_kind(module, lzr_section_has_constructors,
                               &module->base.constructors);
  if (!error)
    error = read_kind(module, lzr_section_has_destructors,
                      &module->base.destructors);
  return error;
}
