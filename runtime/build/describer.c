/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/describer.h"

/* The address of the function whose code has address; 0 if there is none. On
   the program's thread. */
static uint64_t describe(void *data, uint64_t address) {
  struct lzr_builder *builder = data;
  struct lzr_extent extent;
  lzr_addr function;
  if (!lzr_extents_find(&builder->extents, address, &extent))
    return 0;
  lzr_symbols_lock(builder->symbols);
  function = extent.symbol->address;
  lzr_symbols_unlock(builder->symbols);
  return function;
}

static lzr_error *install(struct lzr_builder *builder, lzr_addr word) {
  lzr_addr context;
  lzr_error *error =
      lzr_tpc_add_handler(builder->tpc, describe, builder, &context);
  if (!error)
    error = lzr_tpc_write(builder->tpc, word, &context, sizeof context);
  return error;
}

lzr_error *lzr_describer_install(struct lzr_builder *builder) {
  struct lzr_name word = {.name = "lzr_program_describer"};
  if (builder->has_describer)
    return NULL;
  lzr_error *error = lzr_tpc_lookup(builder->tpc, 0, &word, 1);
  if (!error && word.address)
    error = install(builder, word.address);
  builder->has_describer = !error;
  return error;
}
