/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds functions whose address cannot be a stub's. An assembler leaves no
 * relocation where code takes the address of a local function of its own
 * section, because it knows the distance. So that code gets the address of the
 * function's code. If the address is taken anywhere else as well, it must be
 * the same there: the function then has no stub and is part of group 0, as data
 * is.
 *
 * The code is searched for such instructions, not decoded. Bytes that only look
 * like one put a function into group 0 without need, which does no other harm.
 */
#include <stdlib.h>

#include "runtime/module/object_private.h"

struct place_search {
  struct lzr_object_module *module;
  bool *mentioned; /* owned; by symbol: relocations take this function's
                      address */
  bool *seen;      /* owned; by symbol: fix() has looked at this function */
};

/* The symbol that stands for all functions at this function's place. */
static uint32_t representative(const struct lzr_object_module *module,
                               uint32_t function) {
  const struct lzr_object_symbol *symbol = &module->object->symbols[function];
  return lzr_target_function_at(module, symbol->section, symbol->value);
}

static void note_mention(void *data, uint32_t section,
                         const struct lzr_target *target) {
  struct place_search *search = data;
  (void)section;
  if (target->kind == LZR_TARGET_FUNCTION && target->expr != LZR_EXPR_CALL)
    search->mentioned[representative(search->module, target->symbol)] = true;
}

/* Whether relocations take the address of one of the functions, or other
   modules may, because its name is global. */
static bool must_be_fixed(const struct place_search *search, size_t first,
                          size_t count) {
  const struct lzr_object_module *module = search->module;
  for (size_t i = first; i < first + count; i++) {
    uint32_t function = module->functions[i];
    if (search->mentioned[function] ||
        lzr_object_symbol_is_global(&module->object->symbols[function]))
      return true;
  }
  return false;
}

/* Handles an instruction that has the address of a place of its own section:
   fixes the functions at that place, if they must be. */
static void fix(struct place_search *search, uint32_t section, uint64_t place) {
  struct lzr_object_module *module = search->module;
  size_t count, first = lzr_target_functions_at(module, section, place, &count);
  if (count == 0 || search->seen[module->functions[first]])
    return;
  search->seen[module->functions[first]] = true;
  if (!must_be_fixed(search, first, count))
    return;
  for (size_t i = first; i < first + count; i++)
    module->is_fixed[module->functions[i]] = true;
  module->parts[section].has_fixed = true;
}

static void search_section(struct place_search *search, uint32_t index) {
  const struct lzr_section *section =
      lzr_object_module_section(search->module, index);
  size_t at = 0;
  uint64_t place;
  while (section->bytes && search->module->object->arch->next_address(
                               section->bytes, section->size, &at, &place))
    fix(search, index, place);
}

static void find(struct place_search *search) {
  lzr_target_visit_all(search->module, note_mention, search);
  for (uint32_t i = 1; i < search->module->object->section_count; i++)
    if (search->module->parts[i].use == LZR_PART_CODE)
      search_section(search, i);
}

lzr_error *lzr_fixed_functions_find(struct lzr_object_module *module) {
  size_t count = module->object->symbol_count;
  struct place_search search = {
      .module = module,
      .mentioned = calloc(count, sizeof *search.mentioned),
      .seen = calloc(count, sizeof *search.seen),
  };
  module->is_fixed =
      lzr_arena_alloc(&module->arena, count, sizeof *module->is_fixed);
  bool has_memory = search.mentioned && search.seen && module->is_fixed;
  if (has_memory)
    find(&search);
  free(search.mentioned);
  free(search.seen);
  return has_memory ? NULL : lzr_out_of_memory();
}
