/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The resolver, its unwind information, and the two words through which every
 * trampoline reaches it: { context, resolver }; and a file that shows the
 * resolver to debuggers, so that the backtrace of a thread that waits in a
 * first call goes on to its caller. An indirection has one such block. Nothing
 * in it changes once it is written, so it is not writable.
 */
#ifndef LZR_RESOLVER_BLOCK_H
#define LZR_RESOLVER_BLOCK_H

#include "stubs/arch.h"
#include "tpc/tpc.h"

struct lzr_resolver_block {
  lzr_allocation *allocation; /* owned */
  lzr_addr data;              /* address of { context, resolver } */
};

/* Writes the block into the target. context comes from lzr_handler_add(). */
lzr_error *lzr_resolver_block_init(struct lzr_resolver_block *block,
                                   lzr_tpc *tpc, const struct lzr_arch *arch,
                                   lzr_addr context);
void lzr_resolver_block_fini(struct lzr_resolver_block *block, lzr_tpc *tpc);

#endif
