/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/exit_handle.h"

#include "tpc/base/memory.h"

const char lzr_exit_handle_name[] = "__dso_handle";

static lzr_error *reserve(lzr_tpc *tpc, lzr_allocation **allocation) {
  struct lzr_layout layout = {.size[LZR_PROT_DATA] = sizeof(uint64_t)};
  lzr_error *error = lzr_tpc_reserve(tpc, &layout, allocation);
  if (error)
    return error;
  struct lzr_segment segment = {.address =
                                    (*allocation)->address[LZR_PROT_DATA],
                                .zero_count = sizeof(uint64_t)};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  return lzr_tpc_commit(tpc, *allocation, &commit);
}

/* Under lock. The module sees it among its local names. */
static lzr_error *define(struct lzr_input *input, lzr_allocation *allocation) {
  if (!lzr_map_reserve(&input->locals, 1))
    return lzr_out_of_memory();
  struct lzr_symbol *symbol = lzr_symbols_add(
      input->library, lzr_exit_handle_name, LZR_ENTITY_ABSOLUTE);
  if (!symbol)
    return lzr_out_of_memory();
  symbol->input = input;
  symbol->address = allocation->address[LZR_PROT_DATA];
  symbol->next_import = input->further;
  input->further = symbol;
  lzr_map_put(&input->locals, symbol->name, symbol);
  input->exit_handle = allocation;
  return NULL;
}

static lzr_allocation *present(struct lzr_input *input) {
  lzr_symbols_lock(input->library->all);
  lzr_allocation *handle = input->exit_handle;
  lzr_symbols_unlock(input->library->all);
  return handle;
}

/* Another thread may make it at the same time. */
lzr_error *lzr_exit_handle_make(struct lzr_input *input, lzr_addr *address) {
  struct lzr_symbols *symbols = input->library->all;
  lzr_allocation *made = NULL, *handle = present(input);
  lzr_error *error = handle ? NULL : reserve(symbols->tpc, &made);
  lzr_symbols_lock(symbols);
  if (!error && made && !input->exit_handle) {
    error = define(input, made);
    made = error ? made : NULL;
  }
  handle = input->exit_handle;
  lzr_symbols_unlock(symbols);
  lzr_tpc_release(symbols->tpc, made);
  *address = handle ? handle->address[LZR_PROT_DATA] : 0;
  return error;
}
