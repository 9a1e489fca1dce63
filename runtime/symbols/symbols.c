/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/symbols.h"
#include "tpc/base/memory.h"

#include <stdlib.h>

void lzr_symbols_init(struct lzr_symbols *symbols) {
  pthread_mutex_init(&symbols->lock, NULL);
}

static void free_library(struct lzr_library *library) {
  lzr_map_fini(&library->symbols);
  lzr_map_fini(&library->found);
  lzr_map_fini(&library->imports);
  for (size_t i = 0; i < library->archive_count; i++)
    library->archives[i].destroy(library->archives[i].data);
  for (size_t i = 0; i < library->generator_count; i++)
    if (library->generators[i].destroy)
      library->generators[i].destroy(library->generators[i].data);
  pthread_mutex_destroy(&library->generating);
  free(library->generators);
  free(library->archives);
  free(library->searches);
  free(library->name);
  free(library);
}

void lzr_symbols_fini(struct lzr_symbols *symbols) {
  for (size_t i = symbols->library_count; i-- > 0;)
    free_library(symbols->libraries[i]);
  while (symbols->all)
    lzr_symbol_destroy(symbols->all);
  for (size_t i = symbols->input_count; i-- > 0;)
    lzr_input_destroy(symbols->inputs[i]);
  for (size_t i = 0; i < symbols->kept_count; i++)
    free(symbols->kept[i]);
  free(symbols->libraries);
  free(symbols->inputs);
  free(symbols->kept);
  pthread_mutex_destroy(&symbols->lock);
}

void lzr_symbols_lock(struct lzr_symbols *symbols) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&symbols->lock);
  symbols->signals = before;
}

void lzr_symbols_unlock(struct lzr_symbols *symbols) {
  sigset_t before = symbols->signals;
  pthread_mutex_unlock(&symbols->lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void lzr_symbol_keep(struct lzr_symbols *symbols, struct lzr_symbol *symbol) {
  symbol->next = symbols->all;
  symbol->link = &symbols->all;
  if (symbol->next)
    symbol->next->link = &symbol->next;
  symbols->all = symbol;
}

struct lzr_symbol *lzr_symbols_add(struct lzr_library *library,
                                   const char *name, enum lzr_entity entity) {
  struct lzr_symbol *symbol = lzr_symbol_create(library, name, entity);
  if (symbol)
    lzr_symbol_keep(library->all, symbol);
  return symbol;
}

bool lzr_symbols_keep(struct lzr_symbols *symbols, void *pointer) {
  void **grown = pointer ? lzr_array_grow(symbols->kept, symbols->kept_count,
                                          sizeof *grown)
                         : NULL;
  if (!grown) {
    free(pointer);
    return false;
  }
  symbols->kept = grown;
  symbols->kept[symbols->kept_count++] = pointer;
  return true;
}

struct lzr_input *lzr_symbols_input_at(struct lzr_symbols *symbols, size_t i) {
  pthread_mutex_lock(&symbols->lock);
  struct lzr_input *input =
      i < symbols->input_count ? symbols->inputs[i] : NULL;
  pthread_mutex_unlock(&symbols->lock);
  return input;
}
