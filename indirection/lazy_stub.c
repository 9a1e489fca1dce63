#include "indirection/indirection.h"
#include "indirection/state.h"

#define BATCH 128 /* stubs whose pointers are stored in one request */

/* Under lock. */
static void give(lzr_indirection *indirection, const struct lzr_lazy_stub *lazy,
                 size_t count, size_t known) {
  for (size_t i = 0; i < known; i++)
    lzr_call_through_table_remove(&indirection->call_throughs,
                                  lazy[i].call_through.index);
  lzr_lazy_table_give(&indirection->lazy, lazy, count);
}

/* Under lock. */
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

/* What new ones hold from the start. */
static lzr_error *reset(lzr_tpc *tpc, const struct lzr_lazy_stub *lazy,
                        size_t count) {
  struct lzr_pointer_store stores[2 * BATCH];
  for (size_t done = 0; done < count;) {
    size_t filled = 0;
    for (; filled < 2 * BATCH && done < count; done++) {
      stores[filled++] = (struct lzr_pointer_store){
          lazy[done].stub.slot, lazy[done].call_through.trampoline};
      stores[filled++] = (struct lzr_pointer_store){lazy[done].call_word,
                                                    lazy[done].stub.address};
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

void lzr_lazy_stubs_free(lzr_indirection *indirection,
                         const struct lzr_lazy_stub *lazy, size_t count) {
  pthread_mutex_lock(&indirection->lock);
  give(indirection, lazy, count, count);
  pthread_mutex_unlock(&indirection->lock);
}
