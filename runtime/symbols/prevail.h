/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which of several definitions of a name prevails, by a linker's rules. All of
 * this is called under the symbols' lock.
 */
#ifndef LZR_SYMBOLS_PREVAIL_H
#define LZR_SYMBOLS_PREVAIL_H

#include "runtime/symbols/input.h"

enum lzr_entity lzr_entity_of(const struct lzr_definition *definition);

/* STRONG for a symbol without a definition. */
enum lzr_definition_binding lzr_symbol_binding(const struct lzr_symbol *symbol);

/* Whether a definition prevails over the symbol's, as far as bindings say. */
bool lzr_definition_overrides(const struct lzr_definition *newer,
                              const struct lzr_symbol *symbol);

/* Whether a definition of that kind may still come in place of the symbol's. */
bool lzr_symbol_can_become(const struct lzr_symbol *symbol,
                           enum lzr_entity entity);

/* Makes the definition the one that prevails. A body that has been built from
   it is the symbol's again. */
void lzr_symbol_describe(struct lzr_symbol *symbol, struct lzr_input *input,
                         const struct lzr_definition *definition);

/* Lets the best of the other definitions prevail that can still be built; the
   one that prevailed is no longer among the symbol's entries. Returns false if
   there is none. */
bool lzr_symbol_succeed(struct lzr_symbol *symbol);

#endif
