/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LLVM's passes are in its shared library, which takes 20 ms to load. So a
 * lazyrun that contains LLVM has none, and goes on as another program,
 * lazyrun-passes, which is the same but for that library.
 */
#ifndef LZR_TOOL_PASSES_H
#define LZR_TOOL_PASSES_H

#include "tpc/error.h"

/* Makes sure that this process has passes: does not return if it becomes
   lazyrun-passes, which then begins from the start. Nothing may have been done
   before that cannot be done twice. */
lzr_error *passes_provide(char **argv);

#endif
