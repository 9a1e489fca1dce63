/*
 * Memory of this process at addresses that may not be there: copies that fail
 * instead of faulting. Thread-safe.
 */
#ifndef LZR_TARGET_ACCESS_H
#define LZR_TARGET_ACCESS_H

#include "tpc/tpc.h"

/* An error when part of it cannot be accessed; what comes before that part may
   have been copied. */
lzr_error *lzr_access_read(lzr_addr address, void *bytes, size_t size);
lzr_error *lzr_access_write(lzr_addr address, const void *bytes, size_t size);

#endif
