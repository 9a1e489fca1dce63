/*
 * What a commit does besides writing bytes, and how each of it is undone.
 *
 * Addresses and sizes of actions are not trusted: what an action is about must
 * lie in the block being committed, and is checked before anything that cannot
 * stand malformed input sees it.
 */
#ifndef LZR_TARGET_ACTIONS_H
#define LZR_TARGET_ACTIONS_H

#include "tpc/target/memory.h"

struct lzr_done_action {
  struct lzr_action action;
  void *state; /* what its undo needs */
};

/* Runs them in order; *done has room for count. When one fails, those before
   it have been undone. */
lzr_error *lzr_actions_run(const struct lzr_block *block,
                           const struct lzr_action *actions, size_t count,
                           struct lzr_done_action *done);

/* In reverse order. */
void lzr_actions_undo(const struct lzr_done_action *done, size_t count);

#endif
