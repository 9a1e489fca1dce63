/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/prevail.h"

#include <string.h>

#include "runtime/symbols/lazy.h"

/* One definition against another. */

static int rank(enum lzr_definition_binding binding) {
  switch (binding) {
  case LZR_BINDING_STRONG:
    return 3;
  case LZR_BINDING_COMMON:
    return 2;
  default:
    return 1;
  }
}

enum lzr_definition_binding
lzr_symbol_binding(const struct lzr_symbol *symbol) {
  return symbol->definition ? symbol->definition->binding : LZR_BINDING_STRONG;
}

bool lzr_definition_overrides(const struct lzr_definition *newer,
                              const struct lzr_symbol *symbol) {
  int difference = rank(newer->binding) - rank(lzr_symbol_binding(symbol));
  if (difference == 0 && newer->binding == LZR_BINDING_COMMON)
    return newer->size > symbol->definition->size;
  return difference > 0;
}

/* A function whose stub has been given out can still be compiled
   from another definition. Any other definition stays as it is once its address
   has been given out. */
bool lzr_symbol_can_become(const struct lzr_symbol *symbol,
                           enum lzr_entity entity) {
  if (symbol->settled)
    return false;
  return !symbol->address || (symbol->entity == LZR_ENTITY_FUNCTION &&
                              entity == LZR_ENTITY_FUNCTION);
}

enum lzr_entity lzr_entity_of(const struct lzr_definition *definition) {
  switch (definition->kind) {
  case LZR_DEFINITION_FUNCTION:
    return LZR_ENTITY_FUNCTION;
  case LZR_DEFINITION_ALIAS:
    return definition->aliasee ? LZR_ENTITY_ALIAS : LZR_ENTITY_DATA;
  case LZR_DEFINITION_IFUNC:
    return LZR_ENTITY_IFUNC;
  default:
    return LZR_ENTITY_DATA;
  }
}

void lzr_symbol_describe(struct lzr_symbol *symbol, struct lzr_input *input,
                         const struct lzr_definition *definition) {
  enum lzr_entity entity = lzr_entity_of(definition);
  if (entity == LZR_ENTITY_FUNCTION) {
    atomic_store_explicit(&symbol->body,
                          lzr_input_entry(input, definition)->body,
                          memory_order_release);
    atomic_store_explicit(&symbol->group, &input->groups[definition->group],
                          memory_order_release);
  }
  symbol->input = input;
  symbol->definition = definition;
  symbol->entity = entity; /* after the group: a first call reads both */
}

/* Coming back. */

/* Whether an object of the input's data has been made without what does not
   prevail. */
static bool has_built_data(const struct lzr_input *input) {
  return atomic_load(&input->data_state) != LZR_DATA_ABSENT;
}

/* A constructor of the definition would have to run, and the module's have run
   already. */
static bool missed_construction(const struct lzr_input *input,
                                const char *name) {
  const struct lzr_init_list *list = &input->module->constructors;
  for (size_t i = 0; input->initialized && i < list->count; i++)
    if (list->entries[i].key && strcmp(list->entries[i].key, name) == 0)
      return true;
  return false;
}

static bool can_build(const struct lzr_entry *entry,
                      const struct lzr_definition *definition) {
  const struct lzr_input *input = entry->input;
  uint32_t group = definition->group;
  if (group == 0)
    return !has_built_data(input);
  return entry->body || lzr_module_group_is_plain(input->module, group) ||
         input->groups[group].built == 0;
}

static const struct lzr_definition *
definition_of(const struct lzr_entry *entry) {
  return &entry->input->module->definitions[entry - entry->input->entries];
}

/* A lazy definition whose code is there already is that code's. */
static bool can_be_provided(const struct lzr_symbol *symbol,
                            const struct lzr_entry *entry,
                            const struct lzr_definition *definition) {
  if (lzr_entity_of(definition) == LZR_ENTITY_DATA)
    return !symbol->has_stub && !entry->input->lazy->answered;
  return entry->body || !entry->input->lazy->answered;
}

/* Whether this definition can still be built, behind the symbol's stub if it
   has one. */
static bool can_prevail(const struct lzr_symbol *symbol,
                        const struct lzr_entry *entry) {
  const struct lzr_definition *definition = definition_of(entry);
  if (entry->input->lazy)
    return can_be_provided(symbol, entry, definition);
  switch (lzr_entity_of(definition)) {
  case LZR_ENTITY_FUNCTION:
    return can_build(entry, definition) &&
           !(definition->data_in_front && symbol->has_stub);
  case LZR_ENTITY_IFUNC:
    return true;
  case LZR_ENTITY_DATA:
    return !symbol->has_stub && !has_built_data(entry->input) &&
           !missed_construction(entry->input, symbol->name);
  default:
    return !symbol->has_stub;
  }
}

/* Of two strong definitions the newer one has replaced the other. Entries are
   listed from the newest to the oldest. */
static bool is_before(const struct lzr_entry *older,
                      const struct lzr_entry *newer) {
  const struct lzr_definition *a = definition_of(older),
                              *b = definition_of(newer);
  if (rank(a->binding) != rank(b->binding))
    return rank(a->binding) > rank(b->binding);
  if (a->binding == LZR_BINDING_COMMON)
    return a->size >= b->size;
  return a->binding == LZR_BINDING_WEAK;
}

bool lzr_symbol_succeed(struct lzr_symbol *symbol) {
  struct lzr_entry *best = NULL;
  for (struct lzr_entry *i = symbol->entries; i; i = i->next)
    if (can_prevail(symbol, i) && (!best || is_before(i, best)))
      best = i;
  if (!best)
    return false;
  lzr_symbol_describe(symbol, best->input, definition_of(best));
  symbol->settled = best->body != 0;
  return true;
}
