/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/lazy.h"

#include <stdlib.h>

/* States. */

struct lzr_lazy_state *lzr_lazy_state_create(void) {
  struct lzr_lazy_state *state = calloc(1, sizeof *state);
  if (state)
    pthread_mutex_init(&state->lock, NULL);
  return state;
}

void lzr_lazy_state_destroy(struct lzr_lazy_state *state) {
  if (!state)
    return;
  lzr_error_destroy(state->error);
  pthread_mutex_destroy(&state->lock);
  free(state);
}

struct lzr_input *lzr_lazy_answer_of(const struct lzr_input *input) {
  return input->lazy ? input->lazy->answer : NULL;
}

/* The answer's definitions. */

static const struct lzr_entry *entry_of(const struct lzr_symbol *symbol,
                                        const struct lzr_input *input) {
  const struct lzr_entry *entry = symbol->entries;
  while (entry && entry->input != input)
    entry = entry->next;
  return entry;
}

bool lzr_lazy_is_expected(const struct lzr_input *input,
                          const struct lzr_symbol *symbol) {
  return input->answers && entry_of(symbol, input->answers);
}

bool lzr_lazy_takes_place(const struct lzr_input *input,
                          const struct lzr_symbol *symbol,
                          const struct lzr_definition *definition) {
  bool of_function =
      definition->kind == LZR_DEFINITION_ALIAS && definition->aliasee;
  return input->answers && symbol->input == input->answers && !of_function;
}
