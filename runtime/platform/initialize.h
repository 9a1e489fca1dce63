/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Constructors and destructors of modules.
 */
#ifndef LZR_PLATFORM_INITIALIZE_H
#define LZR_PLATFORM_INITIALIZE_H

#include "runtime/platform/platform.h"

/* Runs the constructors of modules added to library since the last time, on the
   calling thread, in the order of their priorities, and registers their
   destructors. Constructors get main's arguments. */
lzr_error *lzr_platform_initialize(struct lzr_platform *platform,
                                   struct lzr_library *library, int argc,
                                   const char *const *argv);

#endif
