/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inside of an indirection, for the files of this folder.
 */
#ifndef LZR_INDIRECTION_STATE_H
#define LZR_INDIRECTION_STATE_H

#include <pthread.h>

#include "indirection/call_through_table.h"
#include "indirection/indirection.h"
#include "indirection/lazy_table.h"
#include "indirection/resolver_block.h"
#include "indirection/stub_table.h"
#include "indirection/trampoline_pool.h"

struct lzr_indirection {
  lzr_tpc *tpc;                /* borrowed */
  const struct lzr_arch *arch; /* static */
  struct lzr_resolver_block resolver;
  struct lzr_call_through_table call_throughs; /* its header says what the lock
                                                  guards */

  /* Guards the three below. Never held while the target makes a block (see
     lzr_blocks_add()), or while a client's code runs. */
  pthread_mutex_t lock;
  struct lzr_trampoline_pool pool;
  struct lzr_stub_table stubs;
  struct lzr_lazy_table lazy; /* takes its trampolines from pool */

  /* The list of all indirections; guarded by fork.c's own lock. */
  struct lzr_indirection *previous;
  struct lzr_indirection *next;
};

#endif
