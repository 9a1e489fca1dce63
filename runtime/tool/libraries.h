/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The libraries that the options name: -l, -L, --dlopen, --extra-archive. */
#ifndef LZR_TOOL_LIBRARIES_H
#define LZR_TOOL_LIBRARIES_H

#include "runtime/lazyrun.h"
#include "runtime/tool/options.h"

/* Loads or opens all of them, in the order of the options, and has program
   search them. */
lzr_error *libraries_add(const struct options *options, lzr_library *program);

#endif
