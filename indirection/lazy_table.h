/*
 * Lazy stubs, made a block at a time: the pointers of a new one hold what they
 * should from the block's commit on, so that handing it out costs the target
 * nothing. Freed ones are used again first.
 *
 * Not thread-safe; the indirection's lock guards it.
 */
#ifndef LZR_LAZY_TABLE_H
#define LZR_LAZY_TABLE_H

#include "indirection/blocks.h"
#include "indirection/indirection.h"
#include "indirection/trampoline_pool.h"

struct lzr_lazy_table {
  struct lzr_blocks blocks;
  const struct lzr_arch *arch;
  struct lzr_trampoline_pool *pool; /* borrowed */

  /* The newest block: what of it was never handed out. */
  struct lzr_lazy_stub next;
  size_t unused;

  /* A stack with room for all of them, so that freeing cannot fail. Owned. */
  struct lzr_lazy_stub *freed;
  size_t freed_count;
  size_t freed_capacity;
};

void lzr_lazy_table_init(struct lzr_lazy_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch,
                         struct lzr_trampoline_pool *pool);
void lzr_lazy_table_fini(struct lzr_lazy_table *table);

/* All or none. The pointers of the first *used may hold what an owner left in
   them. */
lzr_error *lzr_lazy_table_take(struct lzr_lazy_table *table,
                               struct lzr_lazy_stub *lazy, size_t count,
                               size_t *used);
void lzr_lazy_table_give(struct lzr_lazy_table *table,
                         const struct lzr_lazy_stub *lazy, size_t count);

#endif
