/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The target's dynamic linker knows the program's functions by their addresses,
 * which are those of stubs. The describer answers where an address lies inside
 * a function, so that a program's dladdr finds its name.
 */
#ifndef LZR_BUILD_DESCRIBER_H
#define LZR_BUILD_DESCRIBER_H

#include "runtime/build/builder.h"

/* Makes the target's dladdr ask from now on; does nothing if the target has
   none of its own. Further calls do nothing. With the turn. */
lzr_error *lzr_describer_install(struct lzr_builder *builder);

#endif
