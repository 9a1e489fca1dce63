/* lazyrun's lazy stubs for functions that are there already. A mistake ends the
   program with a sentence. */
#ifndef LZR_BENCH_OWN_H
#define LZR_BENCH_OWN_H

#include <stdio.h>
#include <stdlib.h>

#include "indirection/indirection.h"

struct lazy_function {
  lzr_indirection *indirection;
  struct lzr_lazy_stub lazy;
  lzr_addr target;
};

static inline void stop_on(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "%s\n", lzr_error_message(error));
  exit(1);
}

static inline lzr_addr land(void *data) {
  struct lazy_function *function = data;
  stop_on(lzr_stub_redirect(function->indirection, &function->lazy.stub,
                            function->target));
  lzr_call_through_land(function->indirection, &function->lazy.call_through,
                        function->target);
  return function->target;
}

/* In one go; functions[i].target is set already. */
static inline void make_lazy(lzr_indirection *indirection,
                             struct lazy_function *functions, size_t count) {
  void **data = calloc(count, sizeof *data);
  struct lzr_lazy_stub *lazy = calloc(count, sizeof *lazy);
  if (!data || !lazy)
    abort();
  for (size_t i = 0; i < count; i++)
    data[i] = &functions[i];
  stop_on(lzr_lazy_stubs_create(indirection, land, data, count, lazy));
  for (size_t i = 0; i < count; i++) {
    functions[i].indirection = indirection;
    functions[i].lazy = lazy[i];
  }
  free(data);
  free(lazy);
}

#endif
