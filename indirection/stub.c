/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <inttypes.h>

#include "indirection/indirection.h"
#include "indirection/state.h"

#define BATCH 256 /* pointer stores in one request */

static lzr_error *store_slots(lzr_tpc *tpc, const struct lzr_stub *stubs,
                              const lzr_addr *targets, size_t count) {
  struct lzr_pointer_store stores[BATCH];
  for (size_t done = 0; done < count;) {
    size_t batch = 0;
    for (; batch < BATCH && done < count; batch++, done++)
      stores[batch] = (struct lzr_pointer_store){.address = stubs[done].slot,
                                                 .value = targets[done]};
    lzr_error *error = lzr_tpc_store_pointers(tpc, stores, batch);
    if (error)
      return error;
  }
  return NULL;
}

lzr_error *lzr_stubs_create(lzr_indirection *indirection,
                            const lzr_addr *targets, size_t count,
                            struct lzr_stub *stubs) {
  if (count > LZR_STUBS_MAX)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%zu stubs at once; %u are the most", count,
                            LZR_STUBS_MAX);
  pthread_mutex_lock(&indirection->lock);
  lzr_error *error = lzr_stub_table_take(&indirection->stubs, stubs, count);
  pthread_mutex_unlock(&indirection->lock);
  if (error)
    return error;
  error = store_slots(indirection->tpc, stubs, targets, count);
  if (error)
    lzr_stubs_free(indirection, stubs, count);
  return error;
}

lzr_error *lzr_stub_redirect(lzr_indirection *indirection,
                             const struct lzr_stub *stub, lzr_addr target) {
  return store_slots(indirection->tpc, stub, &target, 1);
}

void lzr_stubs_free(lzr_indirection *indirection, const struct lzr_stub *stubs,
                    size_t count) {
  pthread_mutex_lock(&indirection->lock);
  lzr_stub_table_give(&indirection->stubs, stubs, count);
  pthread_mutex_unlock(&indirection->lock);
}
