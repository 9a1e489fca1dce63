/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Named sections that a program walks through, from their start symbol to their
 * stop symbol.
 */
#ifndef LZR_SYMBOLS_WALKED_H
#define LZR_SYMBOLS_WALKED_H

#include "runtime/symbols/asker.h"

/* Call this when a section's start or stop symbol is asked for. Refuses
   functions that are compiled apart and whose assembly adds to the section, and
   adds all data to the asker's needs, because such additions show there. On a
   compile thread. */
lzr_error *lzr_walked_check(struct lzr_asker *asker,
                            struct lzr_library *library, const char *symbol);

#endif
