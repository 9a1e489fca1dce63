/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stubs of symbols, and where they lead.
 *
 * Every lazy function has two words that change when it is bound. The stub,
 * which is the function's address, jumps through the first, which leads to the
 * trampoline until then. Callers call through the second, the call word, which
 * leads to the stub until then: optimized code may load it once and call often,
 * and what it loaded early must not be the trampoline, or each of those calls
 * would be a first call.
 */
#ifndef LZR_SYMBOLS_BIND_H
#define LZR_SYMBOLS_BIND_H

#include "runtime/symbols/symbols.h"

/* Makes a stub for each of these functions that has none: functions of modules,
   ifuncs, imports. Changes the array. On a compile thread. */
lzr_error *lzr_symbols_make_stubs(struct lzr_symbols *symbols,
                                  struct lzr_symbol **functions, size_t count);

/* Lets calls that are still on their way through the trampoline land at target.
   The caller has made the stores, or is sure to make them. */
void lzr_symbol_land(struct lzr_symbols *symbols, struct lzr_symbol *symbol,
                     lzr_addr target);

/* Stores target into the slot and the call word, then does as
   lzr_symbol_land(). */
void lzr_symbol_bind(struct lzr_symbols *symbols, struct lzr_symbol *symbol,
                     lzr_addr target);

/* Makes the stub lead to the symbol's body, or to the trampoline if it has none
   (any more). Other threads may do so at the same time, and the body may change
   meanwhile: the newest counts. */
void lzr_symbol_redirect(struct lzr_symbols *symbols,
                         struct lzr_symbol *symbol);

/* Finds the IMPORT symbol of that name in the library, or makes it, without a
   stub. referrer is a function of input that calls it. Under lock. */
lzr_error *lzr_symbols_make_import(struct lzr_input *input, const char *name,
                                   const char *referrer,
                                   struct lzr_symbol **symbol);

/* Makes an IMPORT of a symbol whose definition is gone, so that its first call
   searches again, and enters it among its library's imports, which have space
   for it, unless there is another of its name. Under lock. */
void lzr_symbol_become_import(struct lzr_symbol *symbol);

/* The symbol is no longer to be searched for: it gets a definition. Under
   lock. */
void lzr_symbol_forget_import(struct lzr_symbol *symbol);

/* What an IMPORT's search has found: calls go to address from now on, which is
   found's. Does nothing if it is no IMPORT any more. Takes the lock. */
void lzr_symbol_bind_import(struct lzr_symbols *symbols,
                            struct lzr_symbol *symbol, struct lzr_symbol *found,
                            lzr_addr address);

/* The next call of an IMPORT searches again. Under lock. */
void lzr_symbol_unbind_import(struct lzr_symbol *symbol);

#endif
