/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stubs and their slots. Freed ones are used again first.
 *
 * Not thread-safe; the indirection's lock guards it. lzr_stub_table_take()
 * releases the lock while the target makes a block.
 */
#ifndef LZR_STUB_TABLE_H
#define LZR_STUB_TABLE_H

#include "indirection/blocks.h"
#include "indirection/indirection.h"

struct lzr_stub_table {
  struct lzr_blocks blocks;
  const struct lzr_arch *arch;

  /* Of one block: its first stub that was never taken, and how many there are
     from that one on. */
  struct lzr_stub next;
  size_t unused;

  /* A stack with room for every stub that was ever handed out, so that freeing
     cannot fail. Owned. */
  struct lzr_stub *freed;
  size_t freed_count;
  size_t freed_capacity;
};

void lzr_stub_table_init(struct lzr_stub_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch, pthread_mutex_t *lock);
void lzr_stub_table_fini(struct lzr_stub_table *table);

/* Takes count stubs, all or none. */
lzr_error *lzr_stub_table_take(struct lzr_stub_table *table,
                               struct lzr_stub *stubs, size_t count);
void lzr_stub_table_give(struct lzr_stub_table *table,
                         const struct lzr_stub *stubs, size_t count);

#endif
