/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/memory.h"

#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/common/allocation.h"

/* ---- All of it ---- */

lzr_error *lzr_claims_init(struct lzr_claims *claims,
                           const struct lzr_part window[LZR_PROT_COUNT]) {
  bool fine = true;

  *claims = (struct lzr_claims){0};
  pthread_mutex_init(&claims->lock, NULL);
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    claims->window[prot] = window[prot];
    if (window[prot].size)
      fine &= lzr_ranges_init(&claims->ranges[prot], window[prot].start,
                              window[prot].size, prot == LZR_PROT_CODE);
    claims->ranges[prot].from_end = lzr_part_grows_down((lzr_prot)prot);
  }
  return fine ? NULL : lzr_out_of_memory();
}

static void free_claim(struct lzr_claim *claim) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    free(claim->range[prot]);
  free(claim);
}

void lzr_claims_fini(struct lzr_claims *claims) {
  while (claims->first) {
    struct lzr_claim *next = claims->first->next;

    free_claim(claims->first);
    claims->first = next;
  }
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    lzr_ranges_fini(&claims->ranges[prot]);
  pthread_mutex_destroy(&claims->lock);
}

/* ---- Taking and giving ---- */

static lzr_error *refuse_take(const struct lzr_claims *claims,
                              enum lzr_take reason, int prot, uint64_t size) {
  if (reason == LZR_TAKE_NO_MEMORY)
    return lzr_out_of_memory();
  return lzr_error_create(
      LZR_ERROR_LIMIT,
      "no room for %llu bytes of %s: the executor's window has %llu KiB for it",
      (unsigned long long)size, lzr_part_names[prot],
      (unsigned long long)(claims->window[prot].size >> 10));
}

static lzr_error *take_part(struct lzr_claims *claims, int prot, uint64_t size,
                            uint64_t align, struct lzr_claim *claim) {
  struct lzr_range *range = NULL;
  enum lzr_take outcome =
      lzr_ranges_take(&claims->ranges[prot], size, align, &range);
  uint64_t depth;

  if (outcome != LZR_TAKE_OK)
    return refuse_take(claims, outcome, prot, size);
  depth =
      lzr_part_depth((lzr_prot)prot, claims->window[prot].start,
                     claims->window[prot].size, range->address, range->size);
  claim->range[prot] = range;
  claim->allocation.address[prot] = range->address;
  claim->allocation.size[prot] = size;
  claim->fresh[prot] = depth - range->size >= claims->used[prot];
  if (claims->used[prot] < depth)
    claims->used[prot] = depth;
  return NULL;
}

static void give_parts(struct lzr_claims *claims, struct lzr_claim *claim) {
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    if (claim->range[prot])
      lzr_ranges_give(&claims->ranges[prot], claim->range[prot]);
}

static lzr_error *take_parts(struct lzr_claims *claims,
                             const struct lzr_layout *layout,
                             struct lzr_claim *claim) {
  lzr_error *error = NULL;

  for (int prot = 0; prot < LZR_PROT_COUNT && !error; prot++)
    if (layout->size[prot])
      error = take_part(
          claims, prot, layout->size[prot],
          layout->align[prot] ? layout->align[prot] : LZR_RANGE_UNIT, claim);
  if (error)
    give_parts(claims, claim);
  return error;
}

static void link_claim(struct lzr_claims *claims, struct lzr_claim *claim) {
  claim->next = claims->first;
  claim->link = &claims->first;
  if (claim->next)
    claim->next->link = &claim->next;
  claims->first = claim;
}

lzr_error *lzr_claim_take(struct lzr_claims *claims,
                          const struct lzr_layout *layout, size_t size,
                          struct lzr_claim **claim) {
  struct lzr_claim *made = calloc(1, size);
  lzr_error *error;

  if (!made)
    return lzr_out_of_memory();
  pthread_mutex_lock(&claims->lock);
  error = take_parts(claims, layout, made);
  if (!error)
    link_claim(claims, made);
  pthread_mutex_unlock(&claims->lock);
  if (error) {
    free(made);
    return error;
  }
  *claim = made;
  return NULL;
}

void lzr_claim_give(struct lzr_claims *claims, struct lzr_claim *claim) {
  pthread_mutex_lock(&claims->lock);
  *claim->link = claim->next;
  if (claim->next)
    claim->next->link = claim->link;
  give_parts(claims, claim);
  pthread_mutex_unlock(&claims->lock);
  free(claim);
}

/* ---- Checking ---- */

lzr_error *lzr_claims_check_stores(struct lzr_claims *claims,
                                   const struct lzr_pointer_store *stores,
                                   size_t count) {
  uint64_t used;

  pthread_mutex_lock(&claims->lock);
  used = claims->used[LZR_PROT_DATA];
  pthread_mutex_unlock(&claims->lock);
  return lzr_stores_check(claims->window[LZR_PROT_DATA].start, used, stores,
                          count);
}

static lzr_error *check_contents(const lzr_allocation *allocation,
                                 const struct lzr_commit *commit) {
  lzr_error *error = NULL;

  for (size_t i = 0; i < commit->segment_count && !error; i++)
    error = lzr_allocation_check_segment(allocation, &commit->segments[i]);
  for (size_t i = 0; i < commit->action_count && !error; i++)
    error = lzr_allocation_check_action(allocation, &commit->actions[i]);
  return error;
}

lzr_error *lzr_claim_begin_commit(struct lzr_claims *claims,
                                  struct lzr_claim *claim,
                                  const struct lzr_commit *commit) {
  lzr_error *error = check_contents(&claim->allocation, commit);
  bool committed;

  if (!error)
    error =
        lzr_claims_check_stores(claims, commit->stores, commit->store_count);
  if (error)
    return error;
  pthread_mutex_lock(&claims->lock);
  committed = claim->committed;
  claim->committed = true;
  pthread_mutex_unlock(&claims->lock);
  if (committed)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "an allocation is committed a second time");
  return NULL;
}

bool lzr_claim_is_committed(struct lzr_claims *claims,
                            const struct lzr_claim *claim) {
  bool committed;

  pthread_mutex_lock(&claims->lock);
  committed = claim->committed;
  pthread_mutex_unlock(&claims->lock);
  return committed;
}
