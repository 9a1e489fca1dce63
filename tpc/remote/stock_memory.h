/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reserves, commits and releases memory of LLVM's executors. Thread-safe.
 */
#ifndef LZR_REMOTE_STOCK_MEMORY_H
#define LZR_REMOTE_STOCK_MEMORY_H

#include "tpc/remote/stock.h"

lzr_error *lzr_stock_init_memory(struct lzr_remote *remote);
lzr_error *lzr_stock_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                             lzr_allocation **allocation);
lzr_error *lzr_stock_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                            const struct lzr_commit *commit);
void lzr_stock_release(lzr_tpc *tpc, lzr_allocation *allocation);
/* Stores pointers; the caller has checked the stores. */
lzr_error *lzr_stock_put_pointers(struct lzr_remote *remote,
                                  const struct lzr_pointer_store *stores,
                                  size_t count);
/* Frees the records of allocations that have not been released; the executor,
   which is ending, frees the memory. */
void lzr_stock_forget_memory(struct lzr_remote *remote);

/* Whether any of the range is code or constants. */
bool lzr_stock_is_sealed(struct lzr_remote *remote, lzr_addr address,
                         uint64_t size);

#endif
