/*
 * Calls under way to the peer: who waits for which sequence number.
 *
 * Not thread-safe: the connection's lock guards it. Records are the table's,
 * not on their callers' stacks, so that a signal handler which jumps out of a
 * call leaves a record behind but no dangling pointer.
 */
#ifndef LZR_WIRE_WAITING_H
#define LZR_WIRE_WAITING_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/wire/connection.h"

struct lzr_waiter {
  struct lzr_waiter *next; /* in its chain, or among the unused */
  uint64_t sequence;
  /* Of a post. */
  bool is_post;
  lzr_answered answered; /* or NULL */
  void *data;
  /* Of a call: done is posted last. */
  bool may_read; /* its thread may read while it waits */
  sem_t done;
  bool has_answer;
  uint8_t *answer; /* owned */
  size_t size;
};

enum { LZR_WAITING_CHAINS = 256 };

struct lzr_waiting {
  struct lzr_waiter *chains[LZR_WAITING_CHAINS]; /* by sequence number */
  struct lzr_waiter *unused;
  struct lzr_waiting_block *blocks; /* owned */
  uint64_t next_sequence;
};

/* Makes the first records, so that a call in a signal handler finds one without
   the heap; false: out of memory. *waiting is all zero. */
bool lzr_waiting_init(struct lzr_waiting *waiting);
void lzr_waiting_fini(struct lzr_waiting *waiting);

/* A record with the next sequence number, or NULL: out of memory. */
struct lzr_waiter *lzr_waiting_add(struct lzr_waiting *waiting);

/* Takes the record out, or returns NULL if there is none. */
struct lzr_waiter *lzr_waiting_remove(struct lzr_waiting *waiting,
                                      uint64_t sequence);
/* Any one; NULL if there is none at all. */
struct lzr_waiter *lzr_waiting_remove_any(struct lzr_waiting *waiting);

/* Gives a record back that has been taken out. */
void lzr_waiting_recycle(struct lzr_waiting *waiting,
                         struct lzr_waiter *waiter);

#endif
