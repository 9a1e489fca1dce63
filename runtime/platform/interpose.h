/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program's own allocation functions.
 */
#ifndef LZR_PLATFORM_INTERPOSE_H
#define LZR_PLATFORM_INTERPOSE_H

#include "runtime/platform/platform.h"

/* Binds shared libraries' calls of malloc and its like to the main library's
   own definitions of them, if it has any and the process belongs to the program
   alone. To be called once a session, before code of the program runs. */
lzr_error *lzr_platform_interpose(struct lzr_platform *platform);

/* Refuses to remove a module whose function shared libraries have been bound
   to. */
lzr_error *lzr_platform_check_removal(struct lzr_platform *platform,
                                      const struct lzr_input *input);

#endif
