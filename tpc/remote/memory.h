/*
 * Which addresses of an executor's window are taken, by which allocation. Only
 * arithmetic: the executor is told when something is committed.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_MEMORY_H
#define LZR_REMOTE_MEMORY_H

#include <pthread.h>

#include "tpc/remote/meet.h"
#include "tpc/target/ranges.h"

/* What stands behind an lzr_allocation. */
struct lzr_claim {
  lzr_allocation allocation;               /* first: the user sees only it */
  struct lzr_range *range[LZR_PROT_COUNT]; /* owned, NULL for none */
  bool fresh[LZR_PROT_COUNT];     /* nobody has had these addresses before */
  bool committed;                 /* or being committed */
  struct lzr_claim *next, **link; /* all claims, newest first */
};

struct lzr_claims {
  struct lzr_part window[LZR_PROT_COUNT]; /* size 0: no such part */
  pthread_mutex_t lock;                   /* guards the rest */
  struct lzr_ranges ranges[LZR_PROT_COUNT];
  uint64_t used[LZR_PROT_COUNT]; /* bytes to the highest that was ever taken */
  struct lzr_claim *first;
};

lzr_error *lzr_claims_init(struct lzr_claims *claims,
                           const struct lzr_part window[LZR_PROT_COUNT]);
/* Frees all claims with it. */
void lzr_claims_fini(struct lzr_claims *claims);

/* As lzr_tpc_reserve. *claim is the first member of a block of size bytes, the
   rest of which is zero; owned by claims until lzr_claim_give(). */
lzr_error *lzr_claim_take(struct lzr_claims *claims,
                          const struct lzr_layout *layout, size_t size,
                          struct lzr_claim **claim);

/* Ends claim; its addresses are free again. */
void lzr_claim_give(struct lzr_claims *claims, struct lzr_claim *claim);

/* Marks claim as committed, if it is not and if commit is about nothing but
   memory of claim, and stores only into data that is taken. */
lzr_error *lzr_claim_begin_commit(struct lzr_claims *claims,
                                  struct lzr_claim *claim,
                                  const struct lzr_commit *commit);
bool lzr_claim_is_committed(struct lzr_claims *claims,
                            const struct lzr_claim *claim);

/* That the stores go into data that has been taken. */
lzr_error *lzr_claims_check_stores(struct lzr_claims *claims,
                                   const struct lzr_pointer_store *stores,
                                   size_t count);

/* Which part of the allocation [address, address + size) lies in, or
   LZR_PROT_COUNT. */
lzr_prot lzr_allocation_find(const lzr_allocation *allocation, lzr_addr address,
                             uint64_t size);

#endif
