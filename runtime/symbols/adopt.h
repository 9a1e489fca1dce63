/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Variables that exist once among the program and a shared library. C++ has a
 * definition of an inline variable, or of an inline function's static one, in
 * every module that uses it, and the linkers make them one. The library has
 * been bound to its own definition when it was loaded, so the program's is left
 * out.
 */
#ifndef LZR_SYMBOLS_ADOPT_H
#define LZR_SYMBOLS_ADOPT_H

#include "runtime/symbols/symbols.h"

/* Makes the shared library's definitions of vague data prevail over those of
   library's modules that are not in use yet. Takes the lock. */
lzr_error *lzr_library_adopt(struct lzr_library *library,
                             lzr_library_handle handle);

#endif
