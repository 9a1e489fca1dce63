/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Structs of options, whose first member is their size, a size_t, so that they
 * can grow: a client that was compiled with an older or a newer header is
 * understood.
 */
#ifndef LZR_OPTIONS_H
#define LZR_OPTIONS_H

#include <stddef.h>

#include "tpc/base/error.h"

/* Copies options from a struct whose first member states its size. Members that
   a smaller struct lacks become zero. The function refuses a larger struct
   whose bytes beyond known_size are not all zero, and a size that no such
   struct can have. whose names the owner in the error message: "a session". */
lzr_error *lzr_options_take(void *known, size_t known_size, const void *given,
                            const char *whose);

#endif
