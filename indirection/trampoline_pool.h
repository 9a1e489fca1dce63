/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Trampolines, numbered from 0 across all blocks. Freed ones are used again
 * first.
 *
 * Not thread-safe; the indirection's lock guards it. The functions that take
 * trampolines release the lock while the target makes a block.
 */
#ifndef LZR_TRAMPOLINE_POOL_H
#define LZR_TRAMPOLINE_POOL_H

#include "indirection/blocks.h"
#include "indirection/indirection.h"

struct lzr_trampoline_pool {
  struct lzr_blocks blocks;
  const struct lzr_arch *arch;
  lzr_addr data;     /* address of { context, resolver } */
  uint64_t numbered; /* the next block's first number; those of a block that
                        failed are not used again */

  /* Of one block: its first trampoline that was never taken, and how many there
     are from that one on. */
  struct lzr_call_through next;
  size_t unused;

  /* A stack with room for every trampoline that was ever handed out, so that
     freeing cannot fail. Owned. */
  struct lzr_call_through *freed;
  size_t freed_count;
  size_t freed_capacity;
};

void lzr_trampoline_pool_init(struct lzr_trampoline_pool *pool, lzr_tpc *tpc,
                              const struct lzr_arch *arch, lzr_addr data,
                              pthread_mutex_t *lock);
void lzr_trampoline_pool_fini(struct lzr_trampoline_pool *pool);

lzr_error *lzr_trampoline_pool_take(struct lzr_trampoline_pool *pool,
                                    struct lzr_call_through *trampoline);
/* Takes count new trampolines that lie side by side and have consecutive
 * numbers; first is the first of them. Each is given back by itself. */
lzr_error *lzr_trampoline_pool_take_run(struct lzr_trampoline_pool *pool,
                                        size_t count,
                                        struct lzr_call_through *first);
void lzr_trampoline_pool_give(struct lzr_trampoline_pool *pool,
                              const struct lzr_call_through *trampoline);

#endif
