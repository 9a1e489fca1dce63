/*
 * Memory as LLVM's services deal with it: reservations, pieces of which are
 * initialized once, filled and protected, with actions to run then and when
 * they are given back.
 *
 * A piece is known by its lowest address, a reservation by its first. No page
 * is ever writable and executable. Thread-safe; actions run without a lock.
 */
#ifndef LZR_EXECUTOR_REGIONS_H
#define LZR_EXECUTOR_REGIONS_H

#include <pthread.h>

#include "tpc/executor/llvm_actions.h"
#include "tpc/tpc.h"

/* One kind of memory: a set of reservations. */
struct lzr_regions {
  int idle_protection; /* of mmap: what is not initialized has it */
  /* Newest first, owned; under the one lock of all kinds. */
  struct lzr_reservation *newest;
};

struct lzr_region_segment {
  lzr_addr address; /* of a page */
  uint64_t size;
  int protection;       /* of mmap */
  const uint8_t *bytes; /* what to fill it with, zeros behind that; NULL: it is
                           filled already */
  size_t byte_count;    /* at most size */
};

/* LLVM's bits of a protection, in mmap's; refuses what is writable and
   executable. */
lzr_error *lzr_region_protection(uint8_t group, int *protection);

/* Makes the mapping [address, address + size) a reservation. It is unmapped
   when it is released. */
lzr_error *lzr_regions_add(struct lzr_regions *regions, lzr_addr address,
                           uint64_t size);

/* Whether a reservation begins there. */
bool lzr_regions_have(struct lzr_regions *regions, lzr_addr address);

/* Fills, protects and runs the actions, or leaves everything as it was but for
   the contents. *key is the lowest address. Takes pairs. Refuses an empty
   request, and segments beyond one reservation or where a piece is already. */
lzr_error *lzr_regions_initialize(struct lzr_regions *regions,
                                  const struct lzr_region_segment *segments,
                                  size_t count, struct lzr_action_pairs *pairs,
                                  lzr_addr *key);

/* Undoes the actions and forgets the piece, which may then be initialized
   again. */
lzr_error *lzr_regions_deinitialize(struct lzr_regions *regions, lzr_addr key);

/* The same for all pieces of a reservation, newest first, then unmaps it. 0 is
   a reservation of nothing. */
lzr_error *lzr_regions_release(struct lzr_regions *regions, lzr_addr address);

/* Undoes all actions, newest first: the end of the session. Memory stays: what
   still runs in it ends with the process. */
void lzr_regions_end(struct lzr_regions *regions);

/* Whether that address is in a piece, of whatever kind. */
bool lzr_regions_are_code(lzr_addr address);

#endif
