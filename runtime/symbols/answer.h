/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Asking for the code of lazy definitions (lazy.h), and entering it.
 */
#ifndef LZR_SYMBOLS_ANSWER_H
#define LZR_SYMBOLS_ANSWER_H

#include "runtime/symbols/symbols.h"

/* Asks for the code of a lazy module because one of its definitions is needed,
   unless that has been done. The error names the definition. On a compile
   thread, without the symbols' lock. */
lzr_error *lzr_lazy_answer(struct lzr_input *input,
                           const struct lzr_definition *needed);

#endif
