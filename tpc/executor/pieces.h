/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The addresses of the memory that LLVM's services give out: reservations, and
 * the initialized pieces of them. Thread-safe. While a piece is busy, only the
 * thread that made it busy may work on it (regions.h).
 */
#ifndef LZR_EXECUTOR_PIECES_H
#define LZR_EXECUTOR_PIECES_H

#include <stdbool.h>

#include "tpc/executor/llvm_actions.h"
#include "tpc/tpc.h"

/* One kind of memory: a set of reservations. */
struct lzr_regions {
  int idle_protection; /* mmap's protection for memory that is not initialized
                        */
  /* Newest first, owned; the one lock of all kinds guards the list. */
  struct lzr_reservation *newest;
};

/* An element of the trees. Elements that overlap compare as equal, which never
   happens inside a tree. So a search for any address finds the element that
   contains it. */
struct lzr_span {
  lzr_addr start, end;
};

struct lzr_piece {
  struct lzr_span span;
  bool busy; /* a thread is filling or undoing it, and no other may touch it */
  struct lzr_action_pairs pairs;
  struct lzr_piece *next, **link; /* pieces of its reservation, newest first */
};

struct lzr_reservation {
  struct lzr_span span;
  struct lzr_regions *regions;
  struct lzr_piece *newest; /* owned */
  struct lzr_reservation *next, **link;
};

/* Makes the mapping [address, address + size) a reservation, which is unmapped
   when it is released. */
lzr_error *lzr_reservation_add(struct lzr_regions *regions, lzr_addr address,
                               uint64_t size);

/* Whether a reservation begins at address. */
bool lzr_reservation_exists(struct lzr_regions *regions, lzr_addr address);

/* Takes the reservation that begins at address out of all lists, unless it has
   pieces. The caller must free() it. */
struct lzr_reservation *lzr_reservation_take(struct lzr_regions *regions,
                                             lzr_addr address);

/* The first reservation of the list, or NULL. Only the code that ends the
   session may follow the list. */
struct lzr_reservation *lzr_reservation_newest(struct lzr_regions *regions);

/* Makes span a busy piece, which no other thread gets. */
lzr_error *lzr_piece_claim(struct lzr_regions *regions, struct lzr_span span,
                           struct lzr_piece **piece);

/* Makes a busy piece idle. */
void lzr_piece_settle(struct lzr_piece *piece);

/* Makes the piece that begins at address busy and returns it; NULL if there is
   none or another thread has it. */
struct lzr_piece *lzr_piece_take(const struct lzr_regions *regions,
                                 lzr_addr key);

/* Removes a piece that the caller has made busy. The caller owns its pairs. */
void lzr_piece_forget(struct lzr_piece *piece);

/* Makes the newest piece of a reservation busy; other threads may be giving
   pieces back meanwhile. Returns false when there is none, or another thread
   has it. */
bool lzr_piece_newest(struct lzr_regions *regions, lzr_addr address,
                      lzr_addr *key);

/* Whether address lies in a piece of any kind. */
bool lzr_pieces_have(lzr_addr address);

#endif
