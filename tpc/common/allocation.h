/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Checks that a commit and pointer stores stay inside the memory that they are
 * for. A controller checks so that errors come early, a target because it
 * trusts no controller. Thread-safe.
 */
#ifndef LZR_COMMON_ALLOCATION_H
#define LZR_COMMON_ALLOCATION_H

#include "tpc/tpc.h"

/* What the parts of an allocation are called in messages. */
extern const char *const lzr_part_names[LZR_PROT_COUNT];

/* Whether a window's part is used from its end downwards: large data lies below
   the code, and the nearest is used first. */
bool lzr_part_grows_down(lzr_prot prot);

/* How many bytes are in use, of a part of length bytes at start, once
   [address, address + size) is. */
uint64_t lzr_part_depth(lzr_prot prot, lzr_addr start, uint64_t length,
                        lzr_addr address, uint64_t size);

/* The part of the allocation in which [address, address + size) lies, or
   LZR_PROT_COUNT. */
lzr_prot lzr_allocation_find(const lzr_allocation *allocation, lzr_addr address,
                             uint64_t size);

/* Fails with ARGUMENT unless all of the segment lies in one part. */
lzr_error *lzr_allocation_check_segment(const lzr_allocation *allocation,
                                        const struct lzr_segment *segment);

/* Fails with ARGUMENT unless the action exists and lies in one part. */
lzr_error *lzr_allocation_check_action(const lzr_allocation *allocation,
                                       const struct lzr_action *action);

/* Fails with ARGUMENT unless each store goes to an aligned pointer in the size
   bytes of data at start. */
lzr_error *lzr_stores_check(lzr_addr start, uint64_t size,
                            const struct lzr_pointer_store *stores,
                            size_t count);

#endif
