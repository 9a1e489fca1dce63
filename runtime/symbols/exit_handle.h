/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A module that a client can remove has a __dso_handle of its own, as a shared
 * library has: exit handlers that its code registers under that handle run when
 * it is removed.
 */
#ifndef LZR_SYMBOLS_EXIT_HANDLE_H
#define LZR_SYMBOLS_EXIT_HANDLE_H

#include "runtime/symbols/symbols.h"

/* Makes the handle of a removable input, unless it is there. Its address is one
   that nothing else has. Any thread; takes the lock. */
lzr_error *lzr_exit_handle_make(struct lzr_input *input, lzr_addr *address);

/* The name by which code mentions it. */
extern const char lzr_exit_handle_name[];

#endif
