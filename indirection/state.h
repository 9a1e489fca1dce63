/*
 * An indirection's parts, for the files of this folder.
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
  struct lzr_call_through_table call_throughs; /* see there what the lock
                                                  guards */

  /* Guards the three below. Held while a new block is committed: whoever else
     wants it needs that very block. Never held while a client's code runs. */
  pthread_mutex_t lock;
  struct lzr_trampoline_pool pool;
  struct lzr_stub_table stubs;
  struct lzr_lazy_table lazy; /* takes its trampolines from pool */

  /* Guarded by fork.c's own lock. */
  struct lzr_indirection *previous;
  struct lzr_indirection *next;
};

#endif
