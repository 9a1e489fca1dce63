/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Building ahead of first calls: everything, or what a client names.
 */
#ifndef LZR_BUILD_EAGER_H
#define LZR_BUILD_EAGER_H

#include "runtime/build/builder.h"

/* Builds all that the library's modules define. With check, a function that
   would only fail at its first call because a symbol is nowhere is an error
   too; the message lists all of them. Not from a compile thread. */
lzr_error *lzr_build_library(struct lzr_builder *builder,
                             struct lzr_library *library, bool check);

/* Builds all that the input defines, and what was provided for it if it is
   lazy. Not from a compile thread. */
lzr_error *lzr_build_input(struct lzr_builder *builder,
                           struct lzr_input *input);

/* Builds these functions, and the data that these variables are in. Not from a
   compile thread. */
lzr_error *lzr_build_named(struct lzr_builder *builder,
                           struct lzr_library *library,
                           const char *const *names, size_t count);

#endif
