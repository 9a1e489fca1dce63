/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replacing a definition by another module's. The symbol and its stub stay, so
 * callers and pointers follow. The code of the old definition stays as long as
 * its module. All of this is called under the symbols' lock, while no jobs run.
 */
#ifndef LZR_SYMBOLS_REPLACE_H
#define LZR_SYMBOLS_REPLACE_H

#include "runtime/symbols/changes.h"

/* Refuses, by a sentence, what cannot be replaced: variables that are in use,
   aliases that are in use, functions that others call without a stub. file
   defines it anew. */
lzr_error *lzr_replacement_check(const struct lzr_symbol *symbol,
                                 const struct lzr_definition *newer,
                                 const char *file);

/* Makes room for what replacing may change: all functions of all modules that
   define what module defines. */
lzr_error *lzr_replacement_reserve(struct lzr_changes *changes,
                                   const struct lzr_library *library,
                                   const lzr_module *module);

/* The symbol gets another definition next. Functions that were built in one
   unit with it call its code directly, and others may have inlined it, so they
   are to be built again. */
void lzr_replacement_begin(struct lzr_symbol *symbol,
                           struct lzr_changes *changes);

#endif
