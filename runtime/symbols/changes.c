/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/changes.h"

#include <stdlib.h>

#include "runtime/symbols/bind.h"
#include "runtime/symbols/resident.h"
#include "tpc/base/memory.h"

lzr_error *lzr_changes_reserve(struct lzr_changes *changes, size_t count) {
  size_t symbol_count = changes->symbol_count + count + 1;
  size_t stub_count = changes->stub_count + count + 1;
  struct lzr_symbol **symbols =
      realloc(changes->symbols, symbol_count * sizeof *symbols);
  if (symbols)
    changes->symbols = symbols;
  struct lzr_lazy_stub *stubs =
      realloc(changes->stubs, stub_count * sizeof *stubs);
  if (stubs)
    changes->stubs = stubs;
  return symbols && stubs ? NULL : lzr_out_of_memory();
}

void lzr_changes_add(struct lzr_changes *changes, struct lzr_symbol *symbol) {
  if (!symbol->has_stub || symbol->change)
    return;
  changes->symbols[changes->symbol_count++] = symbol;
  symbol->change = changes->symbol_count;
}

void lzr_changes_drop(struct lzr_changes *changes, struct lzr_symbol *symbol) {
  if (symbol->change)
    changes->symbols[symbol->change - 1] = NULL;
  if (symbol->has_stub)
    changes->stubs[changes->stub_count++] = symbol->lazy;
  lzr_symbol_destroy(symbol);
}

/* Stubs lead elsewhere before the code to which they led is given back. */
void lzr_changes_apply(struct lzr_changes *changes,
                       struct lzr_symbols *symbols) {
  for (size_t i = 0; i < changes->symbol_count; i++) {
    struct lzr_symbol *symbol = changes->symbols[i];
    if (!symbol)
      continue;
    symbol->change = 0;
    lzr_symbol_redirect(symbols, symbol);
  }
  while (changes->residents) {
    struct lzr_resident *resident = changes->residents;
    changes->residents = resident->next_of_input;
    lzr_resident_release(resident);
  }
  lzr_lazy_stubs_free(symbols->indirection, changes->stubs,
                      changes->stub_count);
  free(changes->symbols);
  free(changes->stubs);
  *changes = (struct lzr_changes){0};
}
