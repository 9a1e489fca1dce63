/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/replace.h"

#include "runtime/symbols/forget.h"
#include "runtime/symbols/prevail.h"

/* What cannot be replaced. */

static lzr_error *refuse(const struct lzr_symbol *symbol, const char *file,
                         const char *why) {
  return lzr_error_create(
      LZR_ERROR_SYMBOL, "%s: cannot replace '%s' of %s: %s", file, symbol->name,
      symbol->input ? symbol->input->module->name : symbol->library->name, why);
}

/* Calls within a group are direct, and cannot be told from others. */
static bool has_other_functions(const struct lzr_symbol *symbol) {
  const lzr_module *module = symbol->input->module;
  uint32_t group = symbol->definition->group, functions = 0;
  for (uint32_t i = module->group_start[group];
       i < module->group_start[group + 1]; i++)
    functions += module->definitions[module->group_members[i]].kind ==
                 LZR_DEFINITION_FUNCTION;
  return functions > 1;
}

static lzr_error *check_function(const struct lzr_symbol *symbol,
                                 const char *file) {
  if (symbol->definition->group == 0)
    return symbol->settled || symbol->address
               ? refuse(symbol, file, "it lies with its module's data")
               : NULL;
  return has_other_functions(symbol)
             ? refuse(symbol, file,
                      "it is linked together with other functions, which may "
                      "call it directly")
             : NULL;
}

lzr_error *lzr_replacement_check(const struct lzr_symbol *symbol,
                                 const struct lzr_definition *newer,
                                 const char *file) {
  enum lzr_entity entity = lzr_entity_of(newer);
  bool takes_stub = (entity == LZR_ENTITY_FUNCTION && !newer->data_in_front) ||
                    entity == LZR_ENTITY_IFUNC;
  if (symbol->has_stub && !takes_stub)
    return refuse(symbol, file, "the new one is no function of its own");
  switch (symbol->entity) {
  case LZR_ENTITY_FUNCTION:
    return check_function(symbol, file);
  case LZR_ENTITY_IFUNC:
    return NULL;
  case LZR_ENTITY_ALIAS:
    return symbol->followed
               ? refuse(symbol, file,
                        "it is another name of a function, and in use")
               : NULL;
  case LZR_ENTITY_DATA:
    return symbol->settled || symbol->address
               ? refuse(symbol, file, "it is a variable that is in use")
               : NULL;
  default:
    return refuse(symbol, file, "it is an address");
  }
}

lzr_error *lzr_replacement_reserve(struct lzr_changes *changes,
                                   const struct lzr_library *library,
                                   const lzr_module *module) {
  size_t count = 0;
  for (size_t i = 0; i < module->definition_count; i++) {
    const struct lzr_symbol *symbol =
        lzr_map_get(&library->symbols, module->definitions[i].name);
    if (!symbol || !symbol->input)
      continue;
    count += symbol->input->module->definition_count;
    if (symbol->definition)
      count +=
          lzr_forget_count(lzr_input_entry(symbol->input, symbol->definition));
  }
  return lzr_changes_reserve(changes, count);
}

/* What was built together. */

static bool is_in(const struct lzr_image_extent *extent, lzr_addr address) {
  return address >= extent->code && address < extent->code_end;
}

static bool has_seen(const struct lzr_resident *resident, size_t definition) {
  for (size_t i = 0; i < resident->seen_count; i++)
    if (resident->seen[i] == definition)
      return true;
  return false;
}

/* Whether code of the unit may be in, or rely on, a body. */
static bool relies_on(const struct lzr_resident *resident,
                      const struct lzr_image_extent *extent,
                      const struct lzr_entry *entry) {
  return is_in(extent, entry->body) ||
         has_seen(resident, (size_t)(entry - entry->input->entries));
}

static void forget_neighbours(const struct lzr_entry *entry,
                              const struct lzr_resident *resident,
                              struct lzr_changes *changes) {
  struct lzr_image_extent extent = lzr_image_get_extent(resident->image);
  struct lzr_input *input = entry->input;
  if (!relies_on(resident, &extent, entry))
    return;
  for (size_t i = 0; i < input->module->definition_count; i++)
    if (&input->entries[i] != entry && is_in(&extent, input->entries[i].body))
      lzr_forget_body(&input->entries[i], changes);
}

void lzr_replacement_begin(struct lzr_symbol *symbol,
                           struct lzr_changes *changes) {
  struct lzr_input *input = symbol->input;
  if (symbol->entity == LZR_ENTITY_FUNCTION ||
      symbol->entity == LZR_ENTITY_ALIAS) { /* it may have been inlined */
    struct lzr_entry *entry = lzr_input_entry(input, symbol->definition);
    for (const struct lzr_resident *i = input->residents; i;
         i = i->next_of_input)
      forget_neighbours(entry, i, changes);
    lzr_forget_borrowed(entry, changes);
  }
  symbol->settled = false;
  symbol->followed = false;
  atomic_store(&symbol->body, 0);
  lzr_changes_add(changes, symbol);
}
