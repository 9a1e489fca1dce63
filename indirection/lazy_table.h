/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lazy stubs, made a block at a time. The pointers of a new lazy stub have
 * their values from the block's commit on, so taking one costs the target
 * nothing. Freed ones are used again first.
 *
 * Not thread-safe; the indirection's lock guards it. lzr_lazy_table_take()
 * releases the lock while the target makes a block.
 */
#ifndef LZR_LAZY_TABLE_H
#define LZR_LAZY_TABLE_H

#include "indirection/blocks.h"
#include "indirection/indirection.h"
#include "indirection/trampoline_pool.h"

/* One block: what of it was never handed out. */
struct lzr_lazy_run {
  struct lzr_lazy_stub next;
  size_t unused; /* never 0 */
};

struct lzr_lazy_table {
  struct lzr_blocks blocks;
  const struct lzr_arch *arch;
  struct lzr_trampoline_pool *pool; /* borrowed */

  /* A stack. There is more than one when several threads have added blocks at
     the same time. Owned. */
  struct lzr_lazy_run *runs;
  size_t run_count;
  size_t run_capacity;

  /* A stack that is large enough for all of them, so that giving one back
     cannot fail. Owned. */
  struct lzr_lazy_stub *freed;
  size_t freed_count;
  size_t freed_capacity;
};

void lzr_lazy_table_init(struct lzr_lazy_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch, pthread_mutex_t *lock,
                         struct lzr_trampoline_pool *pool);
void lzr_lazy_table_fini(struct lzr_lazy_table *table);

/* Takes count lazy stubs, all or none. The first *used of them have been used
   before, and their pointers still have the values of that time. */
lzr_error *lzr_lazy_table_take(struct lzr_lazy_table *table,
                               struct lzr_lazy_stub *lazy, size_t count,
                               size_t *used);
void lzr_lazy_table_give(struct lzr_lazy_table *table,
                         const struct lzr_lazy_stub *lazy, size_t count);

#endif
