#include "indirection/indirection.h"

#define BATCH 256 /* stubs made in one go */

static void free_call_throughs(lzr_indirection *indirection,
                               const struct lzr_lazy_stub *lazy, size_t count) {
  for (size_t i = 0; i < count; i++)
    lzr_call_through_free(indirection, &lazy[i].call_through);
}

static lzr_error *create_call_throughs(lzr_indirection *indirection,
                                       lzr_land land, void *const *data,
                                       size_t count,
                                       struct lzr_lazy_stub *lazy) {
  for (size_t i = 0; i < count; i++) {
    lzr_error *error = lzr_call_through_create(indirection, land, data[i],
                                               &lazy[i].call_through);
    if (error) {
      free_call_throughs(indirection, lazy, i);
      return error;
    }
  }
  return NULL;
}

/* count is at most BATCH. */
static lzr_error *create_batch(lzr_indirection *indirection, lzr_land land,
                               void *const *data, size_t count,
                               struct lzr_lazy_stub *lazy) {
  lzr_error *error = create_call_throughs(indirection, land, data, count, lazy);
  if (error)
    return error;
  lzr_addr trampolines[BATCH] = {0};
  struct lzr_stub stubs[BATCH];
  for (size_t i = 0; i < count; i++)
    trampolines[i] = lazy[i].call_through.trampoline;
  error = lzr_stubs_create(indirection, trampolines, count, stubs);
  if (error) {
    free_call_throughs(indirection, lazy, count);
    return error;
  }
  for (size_t i = 0; i < count; i++)
    lazy[i].stub = stubs[i];
  return NULL;
}

lzr_error *lzr_lazy_stubs_create(lzr_indirection *indirection, lzr_land land,
                                 void *const *data, size_t count,
                                 struct lzr_lazy_stub *lazy) {
  for (size_t done = 0; done < count;) {
    size_t batch = count - done < BATCH ? count - done : BATCH;
    lzr_error *error =
        create_batch(indirection, land, data + done, batch, lazy + done);
    if (error) {
      lzr_lazy_stubs_free(indirection, lazy, done);
      return error;
    }
    done += batch;
  }
  return NULL;
}

lzr_error *lzr_lazy_stub_create(lzr_indirection *indirection, lzr_land land,
                                void *data, struct lzr_lazy_stub *lazy) {
  lzr_error *error =
      lzr_call_through_create(indirection, land, data, &lazy->call_through);
  if (error)
    return error;
  error = lzr_stubs_create(indirection, &lazy->call_through.trampoline, 1,
                           &lazy->stub);
  if (error)
    lzr_call_through_free(indirection, &lazy->call_through);
  return error;
}

void lzr_lazy_stubs_free(lzr_indirection *indirection,
                         const struct lzr_lazy_stub *lazy, size_t count) {
  for (size_t i = 0; i < count; i++)
    lzr_stubs_free(indirection, &lazy[i].stub, 1);
  free_call_throughs(indirection, lazy, count);
}
