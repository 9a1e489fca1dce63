/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lazy definitions: a module of names whose code is provided when one of them
 * is needed. The code comes as a module of its own, the *answer*, which is
 * entered into the same library. Its definitions take the places of the lazy
 * ones, as a strong definition takes the place of a weak one that nobody has
 * used: the symbols and their stubs stay.
 *
 * The two modules are removed together.
 */
#ifndef LZR_SYMBOLS_LAZY_H
#define LZR_SYMBOLS_LAZY_H

#include "runtime/symbols/symbols.h"

/* Of an input whose module is lazy. */
struct lzr_lazy_state {
  pthread_mutex_t lock; /* held while the code is provided, so one thread asks
                           and the others wait; before symbols.lock */
  bool asked;           /* under this lock, as the next one */
  lzr_error *error;     /* owned; why there is no answer */
  bool answered;        /* under symbols.lock, as the next one */
  struct lzr_input
      *answer; /* borrowed from the library; NULL: addresses only */
};

/* Makes the state of a lazy module; NULL when memory is out. Owned. */
struct lzr_lazy_state *lzr_lazy_state_create(void);
void lzr_lazy_state_destroy(struct lzr_lazy_state *state);

/* The answer of a lazy module, or NULL. Under lock. */
struct lzr_input *lzr_lazy_answer_of(const struct lzr_input *input);

/* Whether a definition of this name is in input, an answer, because input's
   lazy module has it: then it is no second definition. Under lock. */
bool lzr_lazy_is_expected(const struct lzr_input *input,
                          const struct lzr_symbol *symbol);

/* Whether the answer's definition takes the place of the lazy one that prevails
   for symbol. Another name of a function does not, because a stub that was
   handed out must lead to it. Under lock. */
bool lzr_lazy_takes_place(const struct lzr_input *input,
                          const struct lzr_symbol *symbol,
                          const struct lzr_definition *definition);

#endif
