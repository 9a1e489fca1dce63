/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What both kinds of executors have in common at the controller's end: the
 * connection, the child behind it, the facts from the Setup message, functions
 * that the executor may call, and how the executor ended.
 *
 * Thread-safe. Fields for which no lock is named do not change after the Setup
 * message.
 */
#ifndef LZR_REMOTE_REMOTE_H
#define LZR_REMOTE_REMOTE_H

#include <pthread.h>
#include <stdatomic.h>

#include "tpc/ops.h"
#include "tpc/remote/forks.h"
#include "tpc/remote/heartbeat.h"
#include "tpc/remote/launch.h"
#include "tpc/remote/meet.h"
#include "tpc/remote/memory.h"
#include "tpc/remote/posted.h"
#include "tpc/wire/connection.h"

enum { LZR_REMOTE_SERVICES = 24 };

struct lzr_callee; /* a function that the executor may call; see callees.c */
struct lzr_stock;  /* stock.h */

/* How the target ended, as far as the executor or the child tells; see
   ending.c. */
struct lzr_news {
  pthread_mutex_t lock; /* guards the members below, and the child's end */
  pthread_cond_t changed;
  bool closed;        /* the connection has ended */
  bool crashed;       /* LZR_TAG_CRASH came */
  bool told;          /* LZR_TAG_ENDING came */
  bool final;         /* ending is what lzr_tpc_ending hands out, and final */
  lzr_error *refusal; /* owned; from lzr_remote_reject(), or NULL */
  struct lzr_ending crash; /* owned frames */
  struct lzr_ending tale;
  struct lzr_ending ending;
};

struct lzr_remote {
  lzr_tpc tpc; /* first */
  const char *peer;
  lzr_connection *connection; /* owned */
  struct lzr_setup setup;     /* owned */
  bool has_child;
  bool shares_cpu;    /* the child runs on this machine */
  bool carries_stdio; /* the program's output and input arrive as messages */
  struct lzr_child child; /* under news.lock */
  int stop; /* an eventfd: readable when no thread may wait any more */
  struct lzr_news news;
  struct lzr_posted_list posted;
  struct lzr_heartbeat heartbeat;
  struct lzr_forks forks;
  atomic_uint first_calls; /* under way; their answers send what is posted */
  pthread_mutex_t callees_lock;
  struct lzr_callee **callees; /* owned, as are its elements; under the lock */
  size_t callee_count;         /* under it, too */
  lzr_addr services[LZR_REMOTE_SERVICES]; /* each kind has its own */
  bool has_claims;
  struct lzr_claims claims;
  struct lzr_stock *stock; /* owned, NULL with lazyrun's executor */
  void (*fini_kind)(struct lzr_remote *remote); /* frees what the kind made */
};

static inline struct lzr_remote *lzr_remote_of(const lzr_tpc *tpc) {
  return (struct lzr_remote *)tpc;
}

/* Operations that are the same for both kinds; ending.h has those for the
   end. */
const struct lzr_target_facts *lzr_remote_facts(const lzr_tpc *tpc);
void lzr_remote_close(lzr_tpc *tpc);

#endif
