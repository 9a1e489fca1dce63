/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The functions that set handlers of signals, for shared libraries: those that
 * run in the program's process call the same ones as compiled code does. So
 * lazyrun's handler of crashes is kept, and hidden, from them too.
 *
 * lazyrun defines libc's names, and shared libraries find its definitions
 * first. Not with ThreadSanitizer, which has definitions of its own.
 */
#ifndef LZR_TOOL_SIGNALS_H
#define LZR_TOOL_SIGNALS_H

#include "tpc/tpc.h"

/* From now on the functions are those that code in target gets, which must be
   this process. Before, they are libc's. */
lzr_error *signals_share(lzr_tpc *target);

#endif
