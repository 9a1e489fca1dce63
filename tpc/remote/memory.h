/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which addresses of an executor's window are taken, and by which allocation.
 * This file only computes; a commit tells the executor.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_MEMORY_H
#define LZR_REMOTE_MEMORY_H

#include <pthread.h>

#include "tpc/common/ranges.h"
#include "tpc/remote/meet.h"

/* The struct behind an lzr_allocation. */
struct lzr_claim {
  lzr_allocation allocation; /* comes first: the user sees only this member */
  struct lzr_range *range[LZR_PROT_COUNT]; /* owned, NULL for none */
  bool fresh[LZR_PROT_COUNT];     /* these addresses were never used before */
  bool committed;                 /* or being committed */
  struct lzr_claim *next, **link; /* all claims, newest first */
};

struct lzr_claims {
  struct lzr_part window[LZR_PROT_COUNT]; /* size 0: no such part */
  pthread_mutex_t lock;                   /* guards the rest */
  struct lzr_ranges ranges[LZR_PROT_COUNT];
  uint64_t used[LZR_PROT_COUNT]; /* bytes from a part's start, or from its end
                                    if it grows down, to the farthest that was
                                    ever taken */
  struct lzr_claim *first;
};

lzr_error *lzr_claims_init(struct lzr_claims *claims,
                           const struct lzr_part window[LZR_PROT_COUNT]);
/* Frees all claims as well. */
void lzr_claims_fini(struct lzr_claims *claims);

/* As lzr_tpc_reserve. *claim is the first member of a block of size bytes, the
   rest of which is zero. The claims own it until lzr_claim_give(). */
lzr_error *lzr_claim_take(struct lzr_claims *claims,
                          const struct lzr_layout *layout, size_t size,
                          struct lzr_claim **claim);

/* Ends claim and makes its addresses free again. */
void lzr_claim_give(struct lzr_claims *claims, struct lzr_claim *claim);

/* Marks claim as committed. Fails if it is already, if commit concerns memory
   outside claim, or if a pointer store is not into data that is taken. */
lzr_error *lzr_claim_begin_commit(struct lzr_claims *claims,
                                  struct lzr_claim *claim,
                                  const struct lzr_commit *commit);
bool lzr_claim_is_committed(struct lzr_claims *claims,
                            const struct lzr_claim *claim);

/* Checks that the stores go into data that is taken. */
lzr_error *lzr_claims_check_stores(struct lzr_claims *claims,
                                   const struct lzr_pointer_store *stores,
                                   size_t count);

#endif
