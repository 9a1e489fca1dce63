/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/pieces.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "tpc/base/memory.h"

/* Guards everything below, and all lists. No thread holds it while an action
   runs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *pieces;       /* a tree */
static void *reservations; /* a tree */

static int compare(const void *left, const void *right) {
  const struct lzr_span *a = left, *b = right;

  if (a->end <= b->start)
    return -1;
  return a->start >= b->end;
}

static void *find(void *const *tree, struct lzr_span span) {
  void *const *found = tfind(&span, tree, compare);

  return found ? *found : NULL;
}

static void *find_address(void *const *tree, lzr_addr address) {
  return find(tree, (struct lzr_span){address, address + 1});
}

/* ---- Reservations ---- */

lzr_error *lzr_reservation_add(struct lzr_regions *regions, lzr_addr address,
                               uint64_t size) {
  struct lzr_reservation *made = calloc(1, sizeof *made);
  bool fine;

  if (!made)
    return lzr_out_of_memory();
  made->span = (struct lzr_span){address, address + size};
  made->regions = regions;
  pthread_mutex_lock(&lock);
  fine = tsearch(made, &reservations, compare) != NULL;
  if (fine) {
    made->next = regions->newest;
    made->link = &regions->newest;
    if (made->next)
      made->next->link = &made->next;
    regions->newest = made;
  }
  pthread_mutex_unlock(&lock);
  if (fine)
    return NULL;
  free(made);
  return lzr_out_of_memory();
}

/* The reservation that begins at address. Under the lock. */
static struct lzr_reservation *find_reservation(struct lzr_regions *regions,
                                                lzr_addr address) {
  struct lzr_reservation *found = find_address(&reservations, address);

  if (!found || found->regions != regions || found->span.start != address)
    return NULL;
  return found;
}

bool lzr_reservation_exists(struct lzr_regions *regions, lzr_addr address) {
  bool have;

  pthread_mutex_lock(&lock);
  have = find_reservation(regions, address) != NULL;
  pthread_mutex_unlock(&lock);
  return have;
}

bool lzr_pieces_have(lzr_addr address) {
  bool are;

  pthread_mutex_lock(&lock);
  are = find_address(&pieces, address) != NULL;
  pthread_mutex_unlock(&lock);
  return are;
}

struct lzr_reservation *lzr_reservation_take(struct lzr_regions *regions,
                                             lzr_addr address) {
  struct lzr_reservation *found;

  pthread_mutex_lock(&lock);
  found = find_reservation(regions, address);
  if (found && found->newest)
    found = NULL;
  if (found) {
    tdelete(found, &reservations, compare);
    *found->link = found->next;
    if (found->next)
      found->next->link = found->link;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

struct lzr_reservation *lzr_reservation_newest(struct lzr_regions *regions) {
  struct lzr_reservation *newest;

  pthread_mutex_lock(&lock);
  newest = regions->newest;
  pthread_mutex_unlock(&lock);
  return newest;
}

/* ---- Pieces ---- */

/* Under the lock. */
static lzr_error *check_claim(const struct lzr_regions *regions,
                              struct lzr_span span) {
  const struct lzr_reservation *reservation =
      find_address(&reservations, span.start);
  const struct lzr_piece *other = find(&pieces, span);

  if (!reservation || reservation->regions != regions ||
      span.end > reservation->span.end)
    return lzr_error_create(
        LZR_ERROR_ARGUMENT, "0x%llx to 0x%llx has not been reserved",
        (unsigned long long)span.start, (unsigned long long)span.end);
  if (other)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "0x%llx to 0x%llx overlaps 0x%llx to 0x%llx, which "
                            "is initialized",
                            (unsigned long long)span.start,
                            (unsigned long long)span.end,
                            (unsigned long long)other->span.start,
                            (unsigned long long)other->span.end);
  return NULL;
}

/* Under the lock. */
static void link_piece(struct lzr_piece *piece) {
  struct lzr_reservation *reservation =
      find_address(&reservations, piece->span.start);

  piece->next = reservation->newest;
  piece->link = &reservation->newest;
  if (piece->next)
    piece->next->link = &piece->next;
  reservation->newest = piece;
}

lzr_error *lzr_piece_claim(struct lzr_regions *regions, struct lzr_span span,
                           struct lzr_piece **piece) {
  struct lzr_piece *made = calloc(1, sizeof *made);
  lzr_error *error;

  if (!made)
    return lzr_out_of_memory();
  *made = (struct lzr_piece){.span = span, .busy = true};
  pthread_mutex_lock(&lock);
  error = check_claim(regions, span);
  if (!error && !tsearch(made, &pieces, compare))
    error = lzr_out_of_memory();
  if (!error)
    link_piece(made);
  pthread_mutex_unlock(&lock);
  if (error)
    free(made);
  else
    *piece = made;
  return error;
}

void lzr_piece_forget(struct lzr_piece *piece) {
  pthread_mutex_lock(&lock);
  tdelete(piece, &pieces, compare);
  *piece->link = piece->next;
  if (piece->next)
    piece->next->link = piece->link;
  pthread_mutex_unlock(&lock);
  free(piece);
}

void lzr_piece_settle(struct lzr_piece *piece) {
  pthread_mutex_lock(&lock);
  piece->busy = false;
  pthread_mutex_unlock(&lock);
}

struct lzr_piece *lzr_piece_take(const struct lzr_regions *regions,
                                 lzr_addr key) {
  struct lzr_reservation *reservation;
  struct lzr_piece *piece;

  pthread_mutex_lock(&lock);
  piece = find_address(&pieces, key);
  reservation = find_address(&reservations, key);
  if (piece && (piece->busy || piece->span.start != key ||
                reservation->regions != regions))
    piece = NULL;
  if (piece)
    piece->busy = true;
  pthread_mutex_unlock(&lock);
  return piece;
}

bool lzr_piece_newest(struct lzr_regions *regions, lzr_addr address,
                      lzr_addr *key) {
  const struct lzr_reservation *reservation;
  bool found;

  pthread_mutex_lock(&lock);
  reservation = find_reservation(regions, address);
  found = reservation && reservation->newest && !reservation->newest->busy;
  if (found)
    *key = reservation->newest->span.start;
  pthread_mutex_unlock(&lock);
  return found;
}
