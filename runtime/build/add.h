/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Adds modules to libraries. This is a file of its own because it is above
 * call.c, which builder.c is below.
 */
#ifndef LZR_BUILD_ADD_H
#define LZR_BUILD_ADD_H

#include "runtime/build/builder.h"

/* Adds a module to a library; its functions are built at their first calls.
   Takes module, also when it fails. is_platform marks lazyrun's own module,
   which statistics leave out. */
lzr_error *lzr_build_add(struct lzr_builder *builder,
                         struct lzr_library *library, lzr_module *module,
                         bool is_platform);

/* How a client adds a module. */
struct lzr_adding {
  bool removable; /* the client gets input as a handle */
  bool replaces;  /* its strong definitions prevail over those that are there */
  struct lzr_input *input; /* the answer; the library's */
};

/* Does as lzr_build_add(). If it replaces, not from a compile thread. */
lzr_error *lzr_build_add_as(struct lzr_builder *builder,
                            struct lzr_library *library, lzr_module *module,
                            struct lzr_adding *adding);

#endif
