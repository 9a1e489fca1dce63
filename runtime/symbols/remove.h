/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Takes a module out of its library. Its names go; the best of the definitions
 * that other modules have of them prevails from then on. A function that other
 * code still mentions keeps its stub and becomes an import: its next call
 * searches again.
 *
 * All of this is called under the symbols' lock, while no jobs run.
 */
#ifndef LZR_SYMBOLS_REMOVE_H
#define LZR_SYMBOLS_REMOVE_H

#include "runtime/symbols/changes.h"

/* Refuses, by a sentence, a module that cannot be removed: other modules' code
   uses its variables, or somebody outside the session knows its functions. A
   lazy module is removed together with its answer. */
lzr_error *lzr_removal_check(struct lzr_input *input);

/* Makes room for what removing may change. */
lzr_error *lzr_removal_reserve(struct lzr_changes *changes,
                               struct lzr_input *input);

/* Removes the input from all tables. It is the caller's then; its residents are
   in changes, and its exit handle is still there. */
void lzr_input_take_out(struct lzr_input *input, struct lzr_changes *changes);

#endif
