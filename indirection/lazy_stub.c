/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/indirection.h"
#include "indirection/state.h"

#define BATCH 128 /* lazy stubs whose pointers are stored in one request */

/* The lock is held. The first known lazy stubs have entries in the table of
   call-throughs. */
static void give(lzr_indirection *indirection, const struct lzr_lazy_stub *lazy,
                 size_t count, size_t known) {
  for (size_t i = 0; i < known; i++)
    lzr_call_through_table_remove(&indirection->call_throughs,
                                  lazy[i].call_through.index);
  lzr_lazy_table_give(&indirection->lazy, lazy, count);
}

/* The lock is held; it is released while a block is made. */
static lzr_error *take(lzr_indirection *indirection, lzr_land land,
                       void *const *data, size_t count,
                       struct lzr_lazy_stub *lazy, size_t *used) {
  lzr_error *error = lzr_lazy_table_take(&indirection->lazy, lazy, count, used);
  if (error)
    return error;
  for (size_t i = 0; i < count; i++) {
    error = lzr_call_through_table_add(
        &indirection->call_throughs, lazy[i].call_through.index, land, data[i]);
    if (error) {
      give(indirection, lazy, count, i);
      return error;
    }
  }
  return NULL;
}

static void
list_cold_stores(const struct lzr_lazy_stub *lazy,
                 struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES]) {
  stores[0] = (struct lzr_pointer_store){lazy->stub.slot,
                                         lazy->call_through.trampoline};
  stores[1] = (struct lzr_pointer_store){lazy->call_word, lazy->stub.address};
}

/* Gives the pointers of lazy stubs that have been used before the values of new
   ones. */
static lzr_error *reset(lzr_tpc *tpc, const struct lzr_lazy_stub *lazy,
                        size_t count) {
  struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES * BATCH];
  for (size_t done = 0; done < count;) {
    size_t filled = 0;
    for (; filled < LZR_LAZY_STUB_STORES * BATCH && done < count; done++) {
      list_cold_stores(&lazy[done], &stores[filled]);
      filled += LZR_LAZY_STUB_STORES;
    }
    lzr_error *error = lzr_tpc_store_pointers(tpc, stores, filled);
    if (error)
      return error;
  }
  return NULL;
}

lzr_error *lzr_lazy_stubs_create(lzr_indirection *indirection, lzr_land land,
                                 void *const *data, size_t count,
                                 struct lzr_lazy_stub *lazy) {
  size_t used = 0;
  pthread_mutex_lock(&indirection->lock);
  lzr_error *error = take(indirection, land, data, count, lazy, &used);
  pthread_mutex_unlock(&indirection->lock);
  if (error)
    return error;
  error = reset(indirection->tpc, lazy, used);
  if (error)
    lzr_lazy_stubs_free(indirection, lazy, count);
  return error;
}

lzr_error *lzr_lazy_stub_create(lzr_indirection *indirection, lzr_land land,
                                void *data, struct lzr_lazy_stub *lazy) {
  return lzr_lazy_stubs_create(indirection, land, &data, 1, lazy);
}

void lzr_lazy_stub_list_stores(
    const struct lzr_lazy_stub *lazy, lzr_addr target,
    struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES]) {
  stores[0] = (struct lzr_pointer_store){lazy->stub.slot, target};
  stores[1] = (struct lzr_pointer_store){lazy->call_word, target};
}

lzr_error *lzr_lazy_stub_bind(lzr_indirection *indirection,
                              const struct lzr_lazy_stub *lazy,
                              lzr_addr target) {
  struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES];
  lzr_lazy_stub_list_stores(lazy, target, stores);
  lzr_error *error =
      lzr_tpc_store_pointers(indirection->tpc, stores, LZR_LAZY_STUB_STORES);
  lzr_call_through_land(indirection, &lazy->call_through, target);
  return error;
}

lzr_error *lzr_lazy_stub_unbind(lzr_indirection *indirection,
                                const struct lzr_lazy_stub *lazy) {
  struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES];
  lzr_call_through_land(indirection, &lazy->call_through, 0);
  list_cold_stores(lazy, stores);
  return lzr_tpc_store_pointers(indirection->tpc, stores, LZR_LAZY_STUB_STORES);
}

void lzr_lazy_stubs_free(lzr_indirection *indirection,
                         const struct lzr_lazy_stub *lazy, size_t count) {
  pthread_mutex_lock(&indirection->lock);
  give(indirection, lazy, count, count);
  pthread_mutex_unlock(&indirection->lock);
}
