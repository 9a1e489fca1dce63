/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who looks for names, and the data that must be in the target before it can go
 * on.
 */
#ifndef LZR_SYMBOLS_ASKER_H
#define LZR_SYMBOLS_ASKER_H

#include "runtime/symbols/symbols.h"

/* A growing set of inputs. All zero is an empty one. */
struct lzr_input_set {
  struct lzr_input **inputs; /* owned array */
  size_t count;
};

void lzr_input_set_fini(struct lzr_input_set *set);

/* Who looks for names, on a compile thread. */
struct lzr_asker {
  struct lzr_symbols *symbols;
  unsigned thread;
  bool holds_turn; /* it has the turn to bring data in: data that is only placed
                      has addresses for it */
  struct lzr_input_set needs;   /* whose data must be placed before the search
                                   can go on */
  struct lzr_input_set depends; /* whose data is only placed, and answers depend
                                   on it */
};

void lzr_asker_fini(struct lzr_asker *asker);

/* Adds input to the needs unless its data has addresses for the asker. Why its
   data could not be brought in is the error. */
lzr_error *lzr_asker_need_data(struct lzr_asker *asker,
                               struct lzr_input *input);

/* Adds all inputs of library to the needs. */
lzr_error *lzr_asker_need_all_data(struct lzr_asker *asker,
                                   const struct lzr_library *library);

#endif
