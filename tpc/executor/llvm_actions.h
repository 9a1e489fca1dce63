/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Actions of LLVM's memory services: pairs of calls, one made when memory has
 * been filled and protected, the other when it is given back. Each calls a
 * wrapper function (a service or compiled code) that returns an Error.
 */
#ifndef LZR_EXECUTOR_LLVM_ACTIONS_H
#define LZR_EXECUTOR_LLVM_ACTIONS_H

#include "tpc/base/error.h"
#include "tpc/wire/pack.h"

/* A call with packed arguments. */
struct lzr_action_call {
  uint64_t function;  /* 0: none */
  uint8_t *arguments; /* owned */
  size_t size;
};

struct lzr_action_pair {
  struct lzr_action_call finalize, deallocate;
};

struct lzr_action_pairs {
  struct lzr_action_pair *pairs; /* owned */
  size_t count;
};

/* Unpacks the pairs. reader records a failure; *pairs can be freed in any
   case. */
void lzr_action_pairs_unpack(struct lzr_reader *reader,
                             struct lzr_action_pairs *pairs);
void lzr_action_pairs_fini(struct lzr_action_pairs *pairs);

/* Makes the finalize calls in order. When one fails, the deallocate calls of
   the pairs before it are made, in reverse. May block. */
lzr_error *lzr_action_pairs_run(const struct lzr_action_pairs *pairs);

/* Makes all deallocate calls, in reverse. Returns the failures, joined. */
lzr_error *lzr_action_pairs_undo(const struct lzr_action_pairs *pairs);

#endif
