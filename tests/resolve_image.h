/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of the linker: answers all of an image's queries by one function.
 */
#ifndef LZR_TESTS_RESOLVE_IMAGE_H
#define LZR_TESTS_RESOLVE_IMAGE_H

#include "runtime/link/link.h"

struct name_resolver {
  lzr_error *(*resolve)(void *data, struct lzr_query *queries, size_t count);
  void *data;
  lzr_addr tls_descriptor; /* the function of TLS descriptors, or 0 */
};

static inline lzr_error *resolve_image(lzr_image *image,
                                       const struct name_resolver *resolver) {
  struct lzr_query *queries;
  size_t count;
  lzr_error *error = lzr_image_list_queries(image, &queries, &count);
  if (!error && count)
    error = resolver->resolve(resolver->data, queries, count);
  return error ? error : lzr_image_resolve(image, resolver->tls_descriptor);
}

#endif
