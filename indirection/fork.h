/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Keeps the locks of all indirections usable in a forked child.
 */
#ifndef LZR_INDIRECTION_FORK_H
#define LZR_INDIRECTION_FORK_H

#include "indirection/indirection.h"
#include "tpc/base/error.h"

/* From here to lzr_fork_guard_remove(), fork() waits for the indirection's
   lock, and both processes find it free afterwards. */
lzr_error *lzr_fork_guard_add(lzr_indirection *indirection);
void lzr_fork_guard_remove(lzr_indirection *indirection);

#endif
