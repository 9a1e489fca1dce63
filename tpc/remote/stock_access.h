/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads and writes memory of LLVM's executors. Thread-safe.
 */
#ifndef LZR_REMOTE_STOCK_ACCESS_H
#define LZR_REMOTE_STOCK_ACCESS_H

#include "tpc/remote/stock.h"

lzr_error *lzr_stock_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                          size_t size);
lzr_error *lzr_stock_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                           size_t size);
lzr_error *lzr_stock_store_pointers(lzr_tpc *tpc,
                                    const struct lzr_pointer_store *stores,
                                    size_t count);

#endif
