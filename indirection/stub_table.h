/*
 * Stubs and their slots. Freed ones are used again first.
 *
 * Not thread-safe; the indirection's lock guards it.
 */
#ifndef LZR_STUB_TABLE_H
#define LZR_STUB_TABLE_H

#include "indirection/blocks.h"
#include "indirection/indirection.h"

struct lzr_stub_table {
  struct lzr_blocks blocks;
  const struct lzr_arch *arch;

  /* The newest block: what of it was never used. */
  struct lzr_stub next;
  size_t unused;

  /* A stack with room for every stub there is, so that freeing cannot fail.
     Owned. */
  struct lzr_stub *freed;
  size_t freed_count;
  size_t freed_capacity;
};

void lzr_stub_table_init(struct lzr_stub_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch);
void lzr_stub_table_fini(struct lzr_stub_table *table);

/* All or none. */
lzr_error *lzr_stub_table_take(struct lzr_stub_table *table,
                               struct lzr_stub *stubs, size_t count);
void lzr_stub_table_give(struct lzr_stub_table *table,
                         const struct lzr_stub *stubs, size_t count);

#endif
