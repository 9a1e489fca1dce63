/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What has to follow in the target when definitions have been removed or
 * replaced: stubs that lead elsewhere now, and what is given back. The tables
 * change under the lock, the target after it has been released.
 */
#ifndef LZR_SYMBOLS_CHANGES_H
#define LZR_SYMBOLS_CHANGES_H

#include "runtime/symbols/symbols.h"

/* All zero is no change. */
struct lzr_changes {
  struct lzr_symbol **symbols; /* owned array, with room for all that may come;
                                  their stubs must lead to their bodies, or be
                                  cold. NULL: dropped since */
  size_t symbol_count;
  struct lzr_lazy_stub *stubs; /* owned, likewise; to be freed */
  size_t stub_count;
  struct lzr_resident *residents; /* by next_of_input; to be released */
};

/* Makes room for count more symbols and stubs. */
lzr_error *lzr_changes_reserve(struct lzr_changes *changes, size_t count);

/* Under lock, as the next one: the symbol's stub, if it has one, leads
   elsewhere from now on. */
void lzr_changes_add(struct lzr_changes *changes, struct lzr_symbol *symbol);

/* Destroys a symbol, of which nobody knows any more, and frees its stub. */
void lzr_changes_drop(struct lzr_changes *changes, struct lzr_symbol *symbol);

/* Does it all in the target, and frees the changes. No jobs run meanwhile. */
void lzr_changes_apply(struct lzr_changes *changes,
                       struct lzr_symbols *symbols);

#endif
