/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies to and from memory of this process at addresses that may not be
 * mapped; such a copy fails instead of faulting. Thread-safe.
 */
#ifndef LZR_TARGET_ACCESS_H
#define LZR_TARGET_ACCESS_H

#include "tpc/tpc.h"

/* Returns an error when a part cannot be accessed; the bytes before that part
   may have been copied. */
lzr_error *lzr_access_read(lzr_addr address, void *bytes, size_t size);
lzr_error *lzr_access_write(lzr_addr address, const void *bytes, size_t size);

#endif
