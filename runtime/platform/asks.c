/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/platform/asks.h"

#include "runtime/build/show.h"

static bool has_shared_libraries(const struct lzr_platform *platform) {
  bool has = false;
  lzr_symbols_lock(platform->symbols);
  for (size_t i = 0; i < platform->main->search_count && !has; i++)
    has = platform->main->searches[i].handle != 0;
  lzr_symbols_unlock(platform->symbols);
  return has;
}

/* Calls int32_t lzr_libraries_ask(void) in the target. */
static lzr_error *ask(struct lzr_platform *platform, bool *asks) {
  struct lzr_name name = {.name = "lzr_libraries_ask"};
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  lzr_value result = {.i = 0};
  lzr_error *error = lzr_tpc_lookup(platform->tpc, 0, &name, 1);
  if (!error && name.address)
    error =
        lzr_tpc_call(platform->tpc, name.address, &signature, NULL, &result);
  *asks = result.i != 0;
  return error;
}

lzr_error *lzr_platform_show_if_asked(struct lzr_platform *platform) {
  bool asks;
  if (!platform->symbols->shows_names || !has_shared_libraries(platform))
    return NULL;
  lzr_error *error = ask(platform, &asks);
  return error || !asks ? error : lzr_show_all(platform->builder);
}
