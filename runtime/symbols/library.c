/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How definitions get into a library.
 */
#include "runtime/symbols/library.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/symbols/bind.h"
#include "runtime/symbols/changes.h"
#include "runtime/symbols/lazy.h"
#include "runtime/symbols/prevail.h"
#include "runtime/symbols/replace.h"
#include "runtime/symbols/symbols.h"
#include "tpc/base/memory.h"

/* Libraries. */

static lzr_error *append_library(struct lzr_symbols *symbols,
                                 struct lzr_library *library) {
  lzr_symbols_lock(symbols);
  struct lzr_library **grown =
      lzr_array_grow(symbols->libraries, symbols->library_count, sizeof *grown);
  if (grown) {
    symbols->libraries = grown;
    grown[symbols->library_count++] = library;
  }
  lzr_symbols_unlock(symbols);
  return grown ? NULL : lzr_out_of_memory();
}

static struct lzr_library *make_library(struct lzr_symbols *symbols,
                                        const char *name) {
  struct lzr_library *library = calloc(1, sizeof *library);
  char *copy = strdup(name);
  if (!library || !copy) {
    free(library);
    free(copy);
    return NULL;
  }
  library->session = symbols->session;
  library->all = symbols;
  library->name = copy;
  pthread_mutex_init(&library->generating, NULL);
  return library;
}

lzr_error *lzr_library_create(struct lzr_symbols *symbols, const char *name,
                              struct lzr_library **library) {
  struct lzr_library *made = make_library(symbols, name);
  lzr_error *error = made ? append_library(symbols, made) : lzr_out_of_memory();
  if (!error) {
    *library = made;
  } else if (made) {
    pthread_mutex_destroy(&made->generating);
    free(made->name);
    free(made);
  }
  return error;
}

lzr_error *lzr_library_add_search(struct lzr_library *library,
                                  struct lzr_search search) {
  lzr_symbols_lock(library->all);
  struct lzr_search *grown =
      lzr_array_grow(library->searches, library->search_count, sizeof *grown);
  if (grown) {
    library->searches = grown;
    grown[library->search_count++] = search;
  }
  lzr_symbols_unlock(library->all);
  return grown ? NULL : lzr_out_of_memory();
}

lzr_error *lzr_library_add_archive(struct lzr_library *library,
                                   const struct lzr_generator *generator) {
  lzr_symbols_lock(library->all);
  struct lzr_generator *grown =
      lzr_array_grow(library->archives, library->archive_count, sizeof *grown);
  if (grown) {
    library->archives = grown;
    grown[library->archive_count++] = *generator;
  }
  lzr_symbols_unlock(library->all);
  return grown ? NULL : lzr_out_of_memory();
}

lzr_error *
lzr_library_add_generator(struct lzr_library *library,
                          const struct lzr_client_generator *generator) {
  lzr_symbols_lock(library->all);
  struct lzr_client_generator *grown = lzr_array_grow(
      library->generators, library->generator_count, sizeof *grown);
  if (grown) {
    library->generators = grown;
    grown[library->generator_count++] = *generator;
  }
  lzr_symbols_unlock(library->all);
  if (!grown && generator->destroy)
    generator->destroy(generator->data);
  return grown ? NULL : lzr_out_of_memory();
}

/* Entering a module's. */

static lzr_error *refuse_duplicate(const struct lzr_symbol *symbol,
                                   const char *file) {
  return lzr_error_create(
      LZR_ERROR_SYMBOL, "symbol '%s' is defined in both %s and %s",
      symbol->name,
      symbol->input ? symbol->input->module->name : symbol->library->name,
      file);
}

/* Under lock. */
static lzr_error *check_duplicates(const struct lzr_library *library,
                                   const struct lzr_input *input,
                                   bool replaces) {
  const lzr_module *module = input->module;
  lzr_error *error = NULL;
  for (size_t i = 0; i < module->definition_count && !error; i++) {
    const struct lzr_definition *definition = &module->definitions[i];
    if (definition->binding != LZR_BINDING_STRONG)
      continue;
    const struct lzr_symbol *symbol =
        lzr_map_get(&library->symbols, definition->name);
    if (!symbol || lzr_lazy_is_expected(input, symbol))
      continue;
    if (replaces)
      error = lzr_replacement_check(symbol, definition, module->name);
    else if (lzr_symbol_binding(symbol) == LZR_BINDING_STRONG)
      error = refuse_duplicate(symbol, module->name);
  }
  return error;
}

/* A function that was nowhere, or whose definition was removed, and that has
   been called by name since: the definition comes behind its stub. Not if calls
   have been bound to something else meanwhile. */
static struct lzr_symbol *
revive_import(struct lzr_library *library,
              const struct lzr_definition *definition) {
  struct lzr_symbol *import = lzr_map_get(&library->imports, definition->name);
  enum lzr_entity entity = lzr_entity_of(definition);
  if (!import || atomic_load(&import->body) || definition->data_in_front ||
      (entity != LZR_ENTITY_FUNCTION && entity != LZR_ENTITY_IFUNC))
    return NULL;
  lzr_map_remove(&library->imports, import->name);
  lzr_symbol_forget_import(import);
  return import;
}

/* The symbol of a name that has no definition yet. */
static struct lzr_symbol *new_symbol(struct lzr_input *input,
                                     struct lzr_entry *entry,
                                     const struct lzr_definition *definition,
                                     struct lzr_map *map) {
  struct lzr_symbol *symbol = NULL, *own = entry->symbol;
  if (map != &input->locals)
    symbol = revive_import(input->library, definition);
  if (!symbol) {
    symbol = own;
    lzr_symbol_keep(input->library->all, symbol);
  }
  lzr_symbol_describe(symbol, input, definition);
  lzr_map_put(map, symbol->name, symbol);
  return symbol;
}

/* Under lock, after space in the maps has been reserved. changes: NULL
   unless the module replaces. */
static void enter_definition(struct lzr_input *input, struct lzr_entry *entry,
                             const struct lzr_definition *definition,
                             struct lzr_changes *changes) {
  bool local = definition->binding == LZR_BINDING_LOCAL;
  struct lzr_map *map = local ? &input->locals : &input->library->symbols;
  struct lzr_symbol *symbol = lzr_map_get(map, definition->name);
  if (!symbol) {
    symbol = new_symbol(input, entry, definition, map);
  } else if (changes && definition->binding == LZR_BINDING_STRONG) {
    lzr_replacement_begin(symbol, changes);
    lzr_symbol_describe(symbol, input, definition);
  } else if (lzr_lazy_takes_place(input, symbol, definition) ||
             (lzr_definition_overrides(definition, symbol) &&
              lzr_symbol_can_become(symbol, lzr_entity_of(definition)))) {
    lzr_symbol_describe(symbol, input, definition);
  }
  if (symbol != entry->symbol)
    lzr_symbol_destroy(entry->symbol);
  entry->symbol = symbol;
  entry->next = symbol->entries;
  symbol->entries = entry;
}

/* Under lock. */
static lzr_error *make_room(struct lzr_library *library,
                            struct lzr_input *input) {
  struct lzr_symbols *symbols = library->all;
  size_t count = input->module->definition_count;
  struct lzr_input **grown =
      lzr_array_grow(symbols->inputs, symbols->input_count, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  symbols->inputs = grown;
  return lzr_map_reserve(&input->locals, count) &&
                 lzr_map_reserve(&library->symbols, count)
             ? NULL
             : lzr_out_of_memory();
}

/* Under lock. */
static lzr_error *enter(struct lzr_library *library, struct lzr_input *input,
                        struct lzr_changes *changes) {
  const lzr_module *module = input->module;
  lzr_error *error = check_duplicates(library, input, changes != NULL);
  if (!error)
    error = make_room(library, input);
  if (!error && changes)
    error = lzr_replacement_reserve(changes, library, module);
  if (error)
    return error;
  for (size_t i = 0; i < module->definition_count; i++)
    enter_definition(input, &input->entries[i], &module->definitions[i],
                     changes);
  library->all->inputs[library->all->input_count++] = input;
  input->order = ++library->all->input_order;
  library->assembly_count += module->defines_more;
  return NULL;
}

lzr_error *lzr_library_enter(struct lzr_library *library,
                             struct lzr_input *input,
                             struct lzr_changes *changes) {
  lzr_symbols_lock(library->all);
  lzr_error *error = enter(library, input, changes);
  lzr_symbols_unlock(library->all);
  if (error)
    lzr_input_destroy(input);
  return error;
}

/* Pins. */

/* Under lock. The position of the first input behind order. */
static size_t find_behind(const struct lzr_symbols *symbols, uint64_t order) {
  size_t low = 0, high = symbols->input_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (symbols->inputs[middle]->order <= order)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

struct lzr_input *lzr_library_pin_next(struct lzr_library *library,
                                       uint64_t *order) {
  struct lzr_symbols *symbols = library->all;
  struct lzr_input *input = NULL;
  lzr_symbols_lock(symbols);
  for (size_t i = find_behind(symbols, *order);
       i < symbols->input_count && !input; i++)
    if (symbols->inputs[i]->library == library)
      input = symbols->inputs[i];
  if (input) {
    input->pins++;
    *order = input->order;
  }
  lzr_symbols_unlock(symbols);
  return input;
}

static void change_pins(struct lzr_input *input, int difference) {
  struct lzr_symbols *symbols = input->library->all;
  lzr_symbols_lock(symbols);
  input->pins += (unsigned)difference;
  lzr_symbols_unlock(symbols);
}

void lzr_input_pin(struct lzr_input *input) {
  change_pins(input, 1);
}

void lzr_input_unpin(struct lzr_input *input) {
  change_pins(input, -1);
}

/* An input's own. */

struct lzr_symbol *
lzr_input_prevailing(const struct lzr_input *input,
                     const struct lzr_definition *definition) {
  const struct lzr_map *map = definition->binding == LZR_BINDING_LOCAL
                                  ? &input->locals
                                  : &input->library->symbols;
  struct lzr_symbol *symbol = lzr_map_get(map, definition->name);
  return symbol && symbol->input == input ? symbol : NULL;
}

struct lzr_symbol *lzr_input_own_symbol(const struct lzr_input *input,
                                        const char *name) {
  struct lzr_symbol *symbol = lzr_map_get(&input->locals, name);
  if (!symbol)
    symbol = lzr_map_get(&input->library->symbols, name);
  return symbol && symbol->input == input ? symbol : NULL;
}

/* Entering an address. */

/* Under lock. */
static lzr_error *enter_absolute(struct lzr_library *library,
                                 struct lzr_symbol *symbol) {
  struct lzr_symbol *existing = lzr_map_get(&library->symbols, symbol->name);
  if (existing && lzr_symbol_binding(existing) == LZR_BINDING_STRONG)
    return refuse_duplicate(existing, "an absolute definition");
  if (existing && !lzr_symbol_can_become(existing, LZR_ENTITY_ABSOLUTE))
    return lzr_error_create(LZR_ERROR_SYMBOL, "symbol '%s' is in use already",
                            symbol->name);
  return lzr_map_put(&library->symbols, symbol->name, symbol)
             ? NULL
             : lzr_out_of_memory();
}

lzr_error *lzr_library_enter_address(struct lzr_library *library,
                                     const char *name, lzr_addr address) {
  struct lzr_symbol *symbol =
      lzr_symbol_create(library, name, LZR_ENTITY_ABSOLUTE);
  if (!symbol)
    return lzr_out_of_memory();
  symbol->address = address;
  lzr_symbols_lock(library->all);
  lzr_error *error = enter_absolute(library, symbol);
  if (error)
    lzr_symbol_destroy(symbol);
  else
    lzr_symbol_keep(library->all, symbol);
  lzr_symbols_unlock(library->all);
  return error;
}
