/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The actions of a commit, beside writing bytes, and how each is undone.
 *
 * Addresses and sizes of actions are not trusted: the memory of an action must
 * lie in the block being committed, and is checked before it is given to code
 * that cannot handle malformed input.
 */
#ifndef LZR_TARGET_ACTIONS_H
#define LZR_TARGET_ACTIONS_H

#include "tpc/target/memory.h"

struct lzr_done_action {
  struct lzr_action action;
  void *state; /* what its undo needs */
};

/* Runs the actions in order; *done has room for count. When one fails, those
   before it have been undone. */
lzr_error *lzr_actions_run(const struct lzr_block *block,
                           const struct lzr_action *actions, size_t count,
                           struct lzr_done_action *done);

/* In reverse order. */
void lzr_actions_undo(const struct lzr_done_action *done, size_t count);

#endif
