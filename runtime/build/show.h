/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What shared libraries see of the program: the names that a linked program
 * would export. The target's dynamic linker is told of them (lzr_tpc_show) when
 * something asks: when code of the program that mentions dlopen, dlsym or
 * dladdr is about to be run, or when a library lacks a name. Functions are
 * shown as stubs and stay cold; the data of all modules is brought in.
 */
#ifndef LZR_BUILD_SHOW_H
#define LZR_BUILD_SHOW_H

#include "runtime/build/builder.h"

/* Shows what has not been shown yet, if anything asks for it. Data that cannot
   be brought in is left out: nobody needs it. Does nothing if the target cannot
   show names. On a compile thread that does not have the turn. */
void lzr_show_due(struct lzr_builder *builder, unsigned thread);

/* Shows all, as something asks for it. Not from a compile thread. */
lzr_error *lzr_show_all(struct lzr_builder *builder);

#endif
