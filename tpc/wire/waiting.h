/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls under way to the peer: which thread waits for which sequence number.
 *
 * Not thread-safe: the connection's lock guards it. The table owns the records.
 * They are not on the callers' stacks, so that a signal handler that jumps out
 * of a call leaves a record behind but no dangling pointer.
 */
#ifndef LZR_WIRE_WAITING_H
#define LZR_WIRE_WAITING_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/wire/connection.h"

struct lzr_pending {
  struct lzr_pending *next; /* in its chain, or among the unused */
  uint64_t sequence;
  /* Of a post. */
  bool is_post;
  lzr_answered answered; /* or NULL */
  void *data;
  /* For a call that is awaited; done is posted last. */
  bool may_read; /* its thread may read while it waits */
  sem_t done;
  bool is_nudged; /* done is posted once more than for the answer: the thread
                     shall look again whether anybody reads */
  bool has_answer;
  uint8_t *answer; /* owned */
  size_t size;
};

enum { LZR_WAITING_CHAINS = 256 };

struct lzr_waiting {
  struct lzr_pending *chains[LZR_WAITING_CHAINS]; /* by sequence number */
  struct lzr_pending *unused;
  struct lzr_waiting_block *blocks; /* owned */
  uint64_t next_sequence;
};

/* Makes the first records, so that a call in a signal handler finds one without
   using the heap. Returns false without memory. *waiting is all zero. */
bool lzr_waiting_init(struct lzr_waiting *waiting);
void lzr_waiting_fini(struct lzr_waiting *waiting);

/* Returns a record with the next sequence number, or NULL without memory. */
struct lzr_pending *lzr_waiting_add(struct lzr_waiting *waiting);

/* The same with a number that has been given out and has no record. */
struct lzr_pending *lzr_waiting_add_at(struct lzr_waiting *waiting,
                                       uint64_t sequence);

/* Takes the record of that number out, or returns NULL if there is none. */
struct lzr_pending *lzr_waiting_remove(struct lzr_waiting *waiting,
                                       uint64_t sequence);
/* Takes out any one record; returns NULL if there is none. */
struct lzr_pending *lzr_waiting_remove_any(struct lzr_waiting *waiting);

/* Wakes the threads that wait for answers, which then wait again. */
void lzr_waiting_nudge(struct lzr_pending *waiter);
void lzr_waiting_nudge_all(struct lzr_waiting *waiting);

/* Gives back a record that was taken out. */
void lzr_waiting_recycle(struct lzr_waiting *waiting,
                         struct lzr_pending *waiter);

#endif
