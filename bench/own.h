/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* lazyrun's lazy stubs for functions that exist already. An error ends the
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
  stop_on(lzr_lazy_stub_bind(function->indirection, &function->lazy,
                             function->target));
  return function->target;
}

/* Makes all lazy stubs in one call; functions[i].target has been set. */
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
