/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory in the form of LLVM's services: reservations, whose pieces are
 * initialized once, that is, filled and protected. Actions run after that, and
 * when a piece is given back.
 *
 * Its lowest address identifies a piece, and its first address a reservation.
 * No page is ever writable and executable. Thread-safe; actions run without a
 * lock.
 */
#ifndef LZR_EXECUTOR_REGIONS_H
#define LZR_EXECUTOR_REGIONS_H

#include "tpc/executor/pieces.h"

struct lzr_region_segment {
  lzr_addr address; /* of a page */
  uint64_t size;
  int protection;       /* of mmap */
  const uint8_t *bytes; /* the contents, with zeros after them; NULL: the memory
                           is filled already */
  size_t byte_count;    /* at most size */
};

/* Converts LLVM's bits of a protection to mmap's; refuses memory that is
   writable and executable. */
lzr_error *lzr_region_protection(uint8_t group, int *protection);

/* Fills and protects the piece and runs the actions. On failure everything but
   the contents is as before. *key is the lowest address. Takes pairs. Refuses
   an empty request, and segments that leave the reservation or overlap a
   piece. */
lzr_error *lzr_regions_initialize(struct lzr_regions *regions,
                                  const struct lzr_region_segment *segments,
                                  size_t count, struct lzr_action_pairs *pairs,
                                  lzr_addr *key);

/* Undoes the actions and forgets the piece, which may then be initialized
   again. */
lzr_error *lzr_regions_deinitialize(struct lzr_regions *regions, lzr_addr key);

/* Does the same for all pieces of a reservation, newest first, and then unmaps
   it. Address 0 is an empty reservation. */
lzr_error *lzr_regions_release(struct lzr_regions *regions, lzr_addr address);

/* Undoes all actions, newest first, at the end of the session. The memory stays
   mapped: code that still runs in it ends with the process. */
void lzr_regions_end(struct lzr_regions *regions);

#endif
