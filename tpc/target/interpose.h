/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program's own definitions of functions that shared libraries call: its
 * malloc, or operator new. In a linked program the dynamic linker binds the
 * libraries' calls to them. Here the libraries were bound before the program
 * was loaded, so this file changes the words through which they call.
 *
 * Some libraries serve lazyrun as well. lazyrun's memory must not come from the
 * program's malloc: a compile thread that called it would wait for itself. The
 * words of these libraries lead to a shim, which passes the calls of lazyrun's
 * own threads (tpc/base/thread.h) on to the previous function.
 */
#ifndef LZR_TARGET_INTERPOSE_H
#define LZR_TARGET_INTERPOSE_H

#include <stddef.h>
#include <stdint.h>

/* Makes the calls of name in all libraries except the unwinder's reach
   function. It must take and return words only, at most four arguments. Call
   this before any thread of the program runs. name is copied. Returns 0 without
   memory, or with too many names. */
int32_t lzr_interpose(const char *name, void *function);

/* The same for libraries that have been loaded since. */
void lzr_interpose_again(void);

/* How many of the libraries that dl_iterate_phdr lists first are what this
   process itself needs. */
size_t lzr_interpose_libraries(void);

#endif
