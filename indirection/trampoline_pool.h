/*
 * Trampolines, numbered from 0 through all blocks. Freed ones are used again
 * first.
 *
 * Not thread-safe; the indirection's lock guards it.
 */
#ifndef LZR_TRAMPOLINE_POOL_H
#define LZR_TRAMPOLINE_POOL_H

#include "indirection/blocks.h"
#include "indirection/indirection.h"

struct lzr_trampoline_pool {
  struct lzr_blocks blocks;
  const struct lzr_arch *arch;
  lzr_addr data; /* address of { context, resolver } */

  /* The newest block: what of it was never used. */
  struct lzr_call_through next;
  size_t unused;

  /* A stack with room for every trampoline there is, so that freeing cannot
     fail. Owned. */
  struct lzr_call_through *freed;
  size_t freed_count;
  size_t freed_capacity;
};

void lzr_trampoline_pool_init(struct lzr_trampoline_pool *pool, lzr_tpc *tpc,
                              const struct lzr_arch *arch, lzr_addr data);
void lzr_trampoline_pool_fini(struct lzr_trampoline_pool *pool);

lzr_error *lzr_trampoline_pool_take(struct lzr_trampoline_pool *pool,
                                    struct lzr_call_through *trampoline);
/* count trampolines side by side, numbered one after the other; *first is the
   first of them. They are given back like others. */
lzr_error *lzr_trampoline_pool_take_run(struct lzr_trampoline_pool *pool,
                                        size_t count,
                                        struct lzr_call_through *first);
void lzr_trampoline_pool_give(struct lzr_trampoline_pool *pool,
                              const struct lzr_call_through *trampoline);

#endif
