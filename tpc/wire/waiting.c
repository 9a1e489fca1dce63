/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/waiting.h"

#include <stdlib.h>

enum { BLOCK_COUNT = 64 };

struct lzr_waiting_block {
  struct lzr_waiting_block *next;
  struct lzr_pending waiters[BLOCK_COUNT];
};

void lzr_waiting_fini(struct lzr_waiting *waiting) {
  while (waiting->blocks) {
    struct lzr_waiting_block *block = waiting->blocks;

    waiting->blocks = block->next;
    for (int i = 0; i < BLOCK_COUNT; i++)
      sem_destroy(&block->waiters[i].done);
    free(block);
  }
}

static bool add_block(struct lzr_waiting *waiting) {
  struct lzr_waiting_block *block = calloc(1, sizeof *block);

  if (!block)
    return false;
  block->next = waiting->blocks;
  waiting->blocks = block;
  for (int i = 0; i < BLOCK_COUNT; i++) {
    sem_init(&block->waiters[i].done, 0, 0);
    lzr_waiting_recycle(waiting, &block->waiters[i]);
  }
  return true;
}

bool lzr_waiting_init(struct lzr_waiting *waiting) {
  return add_block(waiting);
}

static struct lzr_pending **chain(struct lzr_waiting *waiting,
                                  uint64_t sequence) {
  return &waiting->chains[sequence % LZR_WAITING_CHAINS];
}

struct lzr_pending *lzr_waiting_add(struct lzr_waiting *waiting) {
  struct lzr_pending *waiter =
      lzr_waiting_add_at(waiting, waiting->next_sequence);

  waiting->next_sequence += waiter != NULL;
  return waiter;
}

struct lzr_pending *lzr_waiting_add_at(struct lzr_waiting *waiting,
                                       uint64_t sequence) {
  struct lzr_pending *waiter, **first;

  if (!waiting->unused && !add_block(waiting))
    return NULL;
  waiter = waiting->unused;
  waiting->unused = waiter->next;
  waiter->sequence = sequence;
  waiter->is_post = waiter->has_answer = false;
  waiter->answer = NULL;
  waiter->size = 0;
  first = chain(waiting, waiter->sequence);
  waiter->next = *first;
  *first = waiter;
  return waiter;
}

struct lzr_pending *lzr_waiting_remove(struct lzr_waiting *waiting,
                                       uint64_t sequence) {
  struct lzr_pending **at = chain(waiting, sequence), *found;

  while (*at && (*at)->sequence != sequence)
    at = &(*at)->next;
  found = *at;
  if (found)
    *at = found->next;
  return found;
}

struct lzr_pending *lzr_waiting_remove_any(struct lzr_waiting *waiting) {
  for (uint64_t i = 0; i < LZR_WAITING_CHAINS; i++)
    if (waiting->chains[i])
      return lzr_waiting_remove(waiting, waiting->chains[i]->sequence);
  return NULL;
}

void lzr_waiting_nudge(struct lzr_pending *waiter) {
  if (waiter->is_post || waiter->is_nudged)
    return;
  waiter->is_nudged = true;
  sem_post(&waiter->done);
}

void lzr_waiting_nudge_all(struct lzr_waiting *waiting) {
  for (int i = 0; i < LZR_WAITING_CHAINS; i++)
    for (struct lzr_pending *waiter = waiting->chains[i]; waiter;
         waiter = waiter->next)
      lzr_waiting_nudge(waiter);
}

void lzr_waiting_recycle(struct lzr_waiting *waiting,
                         struct lzr_pending *waiter) {
  if (waiter->is_nudged) /* its thread did not wait */
    sem_trywait(&waiter->done);
  waiter->is_nudged = false;
  waiter->next = waiting->unused;
  waiting->unused = waiter;
}
