/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/symbol.h"

#include <stdlib.h>
#include <string.h>

struct lzr_symbol *lzr_symbol_create(struct lzr_library *library,
                                     const char *name, enum lzr_entity entity) {
  size_t size = strlen(name) + 1;
  struct lzr_symbol *symbol = calloc(1, sizeof *symbol + size);
  if (!symbol)
    return NULL;
  symbol->name = memcpy(symbol + 1, name, size);
  symbol->entity = entity;
  symbol->library = library;
  return symbol;
}

void lzr_symbol_destroy(struct lzr_symbol *symbol) {
  if (!symbol)
    return;
  if (symbol->link && (*symbol->link = symbol->next))
    symbol->next->link = symbol->link;
  if (symbol->import_link && (*symbol->import_link = symbol->next_import))
    symbol->next_import->import_link = symbol->import_link;
  lzr_error_destroy(symbol->import.error);
  free(symbol->referrer);
  free(symbol);
}
