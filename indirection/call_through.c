/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/indirection.h"
#include "indirection/state.h"

static lzr_error *create_locked(lzr_indirection *indirection, lzr_land land,
                                void *data,
                                struct lzr_call_through *call_through) {
  lzr_error *error = lzr_trampoline_pool_take(&indirection->pool, call_through);
  if (error)
    return error;
  error = lzr_call_through_table_add(&indirection->call_throughs,
                                     call_through->index, land, data);
  if (error)
    lzr_trampoline_pool_give(&indirection->pool, call_through);
  return error;
}

lzr_error *lzr_call_through_create(lzr_indirection *indirection, lzr_land land,
                                   void *data,
                                   struct lzr_call_through *call_through) {
  pthread_mutex_lock(&indirection->lock);
  lzr_error *error = create_locked(indirection, land, data, call_through);
  pthread_mutex_unlock(&indirection->lock);
  return error;
}

void lzr_call_through_land(lzr_indirection *indirection,
                           const struct lzr_call_through *call_through,
                           lzr_addr target) {
  struct lzr_call_through_entry *entry = lzr_call_through_table_find(
      &indirection->call_throughs, call_through->index);
  atomic_store_explicit(&entry->landed, target, memory_order_release);
}

void lzr_call_through_free(lzr_indirection *indirection,
                           const struct lzr_call_through *call_through) {
  pthread_mutex_lock(&indirection->lock);
  lzr_call_through_table_remove(&indirection->call_throughs,
                                call_through->index);
  lzr_trampoline_pool_give(&indirection->pool, call_through);
  pthread_mutex_unlock(&indirection->lock);
}
