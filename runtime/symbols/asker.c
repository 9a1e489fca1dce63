/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/asker.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

void lzr_input_set_fini(struct lzr_input_set *set) {
  free(set->inputs);
  *set = (struct lzr_input_set){NULL, 0};
}

static lzr_error *add(struct lzr_input_set *set, struct lzr_input *input) {
  for (size_t i = 0; i < set->count; i++)
    if (set->inputs[i] == input)
      return NULL;
  struct lzr_input **grown =
      lzr_array_grow(set->inputs, set->count, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  set->inputs = grown;
  set->inputs[set->count++] = input;
  return NULL;
}

void lzr_asker_fini(struct lzr_asker *asker) {
  lzr_input_set_fini(&asker->needs);
  lzr_input_set_fini(&asker->depends);
}

lzr_error *lzr_asker_need_data(struct lzr_asker *asker,
                               struct lzr_input *input) {
  switch (atomic_load_explicit(&input->data_state, memory_order_acquire)) {
  case LZR_DATA_READY:
    return NULL;
  case LZR_DATA_FAILED:
    return lzr_error_copy(input->data_error);
  case LZR_DATA_GIVEN_UP:
    return asker->holds_turn ? lzr_error_copy(input->data_error)
                             : add(&asker->needs, input);
  case LZR_DATA_PLACED:
    return add(asker->holds_turn ? &asker->depends : &asker->needs, input);
  default:
    return add(&asker->needs, input);
  }
}

lzr_error *lzr_asker_need_all_data(struct lzr_asker *asker,
                                   const struct lzr_library *library) {
  lzr_error *error = NULL;
  struct lzr_input *input;
  for (size_t i = 0;
       !error && (input = lzr_symbols_input_at(asker->symbols, i)); i++)
    if (input->library == library)
      error = lzr_asker_need_data(asker, input);
  return error;
}
