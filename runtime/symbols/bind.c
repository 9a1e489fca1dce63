/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/bind.h"
#include "tpc/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Binding. */

void lzr_symbol_land(struct lzr_symbols *symbols, struct lzr_symbol *symbol,
                     lzr_addr target) {
  lzr_call_through_land(symbols->indirection, &symbol->lazy.call_through,
                        target);
  atomic_store_explicit(&symbol->bound, true, memory_order_release);
}

void lzr_symbol_bind(struct lzr_symbols *symbols, struct lzr_symbol *symbol,
                     lzr_addr target) {
  lzr_error_destroy(
      lzr_lazy_stub_bind(symbols->indirection, &symbol->lazy, target));
  atomic_store_explicit(&symbol->bound, true, memory_order_release);
}

static void unbind(struct lzr_symbols *symbols, struct lzr_symbol *symbol) {
  atomic_store_explicit(&symbol->bound, false, memory_order_release);
  lzr_error_destroy(lzr_lazy_stub_unbind(symbols->indirection, &symbol->lazy));
}

void lzr_symbol_redirect(struct lzr_symbols *symbols,
                         struct lzr_symbol *symbol) {
  lzr_addr body,
      newest = atomic_load_explicit(&symbol->body, memory_order_acquire);
  do {
    body = newest;
    if (body)
      lzr_symbol_bind(symbols, symbol, body);
    else
      unbind(symbols, symbol);
    newest = atomic_load_explicit(&symbol->body, memory_order_acquire);
  } while (newest != body);
}

/* Making stubs. */

/* Stubs that are being made for functions. */
struct making {
  struct lzr_symbols *symbols;
  struct lzr_symbol **functions; /* borrowed */
  size_t count;
  struct lzr_lazy_stub *made;  /* owned array of count */
  struct lzr_lazy_stub *spare; /* the same */
  size_t spare_count;
  struct lzr_pointer_store *stores; /* owned; for those that are compiled */
  size_t store_count;
};

/* Under lock. Another thread may have made a stub for the same symbol
   meanwhile; the second stub stays spare. */
static void install(struct making *making) {
  for (size_t i = 0; i < making->count; i++) {
    struct lzr_symbol *symbol = making->functions[i];
    if (symbol->has_stub) {
      making->spare[making->spare_count++] = making->made[i];
      making->functions[i] = NULL;
      continue;
    }
    symbol->lazy = making->made[i];
    symbol->address = symbol->lazy.stub.address;
    symbol->has_stub = true;
    lzr_addr body = atomic_load_explicit(&symbol->body, memory_order_acquire);
    if (body) {
      lzr_lazy_stub_list_stores(&symbol->lazy, body,
                                &making->stores[making->store_count]);
      making->store_count += LZR_LAZY_STUB_STORES;
    } else {
      making->functions[i] = NULL;
    }
  }
}

/* Binds the new stubs of functions that were compiled before anyone asked for
   their addresses. Whoever compiles a function from now on binds its stub. */
static lzr_error *bind_compiled(struct making *making) {
  if (making->store_count == 0)
    return NULL;
  lzr_error *error = lzr_tpc_store_pointers(
      making->symbols->tpc, making->stores, making->store_count);
  for (size_t i = 0; i < making->count && !error; i++)
    if (making->functions[i])
      lzr_symbol_land(making->symbols, making->functions[i],
                      atomic_load(&making->functions[i]->body));
  return error;
}

static lzr_error *make(struct making *making) {
  struct lzr_symbols *symbols = making->symbols;
  making->made = calloc(making->count, sizeof *making->made);
  making->spare = calloc(making->count, sizeof *making->spare);
  making->stores =
      calloc(making->count * LZR_LAZY_STUB_STORES, sizeof *making->stores);
  if (!making->made || !making->spare || !making->stores)
    return lzr_out_of_memory();
  lzr_error *error = lzr_lazy_stubs_create(symbols->indirection, symbols->land,
                                           (void *const *)making->functions,
                                           making->count, making->made);
  if (error)
    return error;
  pthread_mutex_lock(&symbols->lock);
  install(making);
  pthread_mutex_unlock(&symbols->lock);
  lzr_lazy_stubs_free(symbols->indirection, making->spare, making->spare_count);
  return bind_compiled(making);
}

/* Under lock. Moves those without a stub to the front and counts them. */
static size_t without_stub(struct lzr_symbol **functions, size_t count) {
  size_t without = 0;
  for (size_t i = 0; i < count; i++)
    if (!functions[i]->has_stub)
      functions[without++] = functions[i];
  return without;
}

lzr_error *lzr_symbols_make_stubs(struct lzr_symbols *symbols,
                                  struct lzr_symbol **functions, size_t count) {
  pthread_mutex_lock(&symbols->lock);
  count = without_stub(functions, count);
  pthread_mutex_unlock(&symbols->lock);
  if (count == 0)
    return NULL;
  struct making making = {
      .symbols = symbols, .functions = functions, .count = count};
  lzr_error *error = make(&making);
  free(making.made);
  free(making.spare);
  free(making.stores);
  return error;
}

/* Imports. */

static void list_import(struct lzr_symbol *symbol) {
  struct lzr_symbols *symbols = symbol->library->all;
  symbol->import.run = symbols->search_import;
  symbol->import.repeatable = true;
  symbol->next_import = symbols->imports;
  symbol->import_link = &symbols->imports;
  if (symbol->next_import)
    symbol->next_import->import_link = &symbol->next_import;
  symbols->imports = symbol;
}

/* Under lock. */
static struct lzr_symbol *
create_import(struct lzr_input *input, const char *name, const char *referrer) {
  struct lzr_symbol *symbol =
      lzr_symbols_add(input->library, name, LZR_ENTITY_IMPORT);
  if (!symbol)
    return NULL;
  symbol->input = input;
  symbol->referrer = strdup(referrer);
  list_import(symbol);
  return symbol;
}

lzr_error *lzr_symbols_make_import(struct lzr_input *input, const char *name,
                                   const char *referrer,
                                   struct lzr_symbol **symbol) {
  struct lzr_map *imports = &input->library->imports;
  *symbol = lzr_map_get(imports, name);
  if (*symbol)
    return NULL;
  if (!lzr_map_reserve(imports, 1))
    return lzr_out_of_memory();
  *symbol = create_import(input, name, referrer);
  if (!*symbol)
    return lzr_out_of_memory();
  lzr_map_put(imports, (*symbol)->name, *symbol);
  return NULL;
}

void lzr_symbol_become_import(struct lzr_symbol *symbol) {
  struct lzr_map *imports = &symbol->library->imports;
  symbol->input = NULL;
  symbol->definition = NULL;
  symbol->settled = symbol->followed = false;
  atomic_store(&symbol->body, 0);
  symbol->entity = LZR_ENTITY_IMPORT;
  list_import(symbol);
  if (!lzr_map_get(imports, symbol->name))
    lzr_map_put(imports, symbol->name, symbol);
}

void lzr_symbol_forget_import(struct lzr_symbol *symbol) {
  if ((*symbol->import_link = symbol->next_import))
    symbol->next_import->import_link = symbol->import_link;
  symbol->next_import = NULL;
  symbol->import_link = NULL;
  free(symbol->referrer);
  symbol->referrer = NULL;
}

void lzr_symbol_bind_import(struct lzr_symbols *symbols,
                            struct lzr_symbol *symbol, struct lzr_symbol *found,
                            lzr_addr address) {
  pthread_mutex_lock(&symbols->lock);
  if (symbol->entity == LZR_ENTITY_IMPORT && !atomic_load(&symbol->body)) {
    symbol->found = found;
    found->mentions++;
    atomic_store_explicit(&symbol->body, address, memory_order_release);
  }
  pthread_mutex_unlock(&symbols->lock);
}

void lzr_symbol_unbind_import(struct lzr_symbol *symbol) {
  if (symbol->found)
    symbol->found->mentions--;
  symbol->found = NULL;
  atomic_store(&symbol->body, 0);
  lzr_workers_reset(symbol->library->all->workers, &symbol->import);
}
