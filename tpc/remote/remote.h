/*
 * What both kinds of executors have in common at the controller's end: the
 * connection, the child behind it, what was learned while meeting, functions
 * the executor may call, and how it ended.
 *
 * Thread-safe; fields without a lock named do not change once the executor has
 * been met.
 */
#ifndef LZR_REMOTE_REMOTE_H
#define LZR_REMOTE_REMOTE_H

#include <pthread.h>
#include <stdatomic.h>

#include "tpc/ops.h"
#include "tpc/remote/launch.h"
#include "tpc/remote/meet.h"
#include "tpc/remote/memory.h"
#include "tpc/wire/connection.h"

enum { LZR_REMOTE_SERVICES = 24 };

struct lzr_callee; /* callees.c: a function the executor may call */
struct lzr_stock;  /* stock.h */

/* How the target ended, as far as the executor or the child say; ending.c. */
struct lzr_news {
  pthread_mutex_t lock; /* guards the rest, and the child's end */
  pthread_cond_t changed;
  bool closed;             /* the connection has ended */
  bool crashed;            /* LZR_TAG_CRASH came */
  bool told;               /* LZR_TAG_ENDING came */
  bool final;              /* ending is what is handed out, for good */
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
  bool shares_cpu;        /* the child runs on this machine */
  bool carries_stdio;     /* the program's output and input come as messages */
  struct lzr_child child; /* under news.lock */
  int stop; /* an eventfd: readable when nothing may wait any more */
  struct lzr_news news;
  atomic_uint first_calls; /* being served, whose answers send what is posted */
  pthread_mutex_t callees_lock;
  struct lzr_callee **callees; /* owned, as its elements; under the lock */
  size_t callee_count;         /* under it, too */
  lzr_addr services[LZR_REMOTE_SERVICES]; /* what they are, the kind knows */
  bool has_claims;
  struct lzr_claims claims;
  struct lzr_stock *stock; /* owned, NULL with lazyrun's executor */
};

static inline struct lzr_remote *lzr_remote_of(const lzr_tpc *tpc) {
  return (struct lzr_remote *)tpc;
}

/* ---- The two kinds ----------------------------------------------------------
 *
 * Fill in ops, peer, facts and whatever else they need.
 */
lzr_error *lzr_remote_become_lazyrun(struct lzr_remote *remote);
lzr_error *lzr_remote_become_stock(struct lzr_remote *remote);
void lzr_remote_fini_stock(struct lzr_remote *remote); /* if it became one */

/* Operations that are the same for both. */
const struct lzr_target_facts *lzr_remote_facts(const lzr_tpc *tpc);
const struct lzr_ending *lzr_remote_ending(lzr_tpc *tpc);
void lzr_remote_close(lzr_tpc *tpc);

/* ---- What the executor calls (callees.c, stdio.c) ------------------------ */

/* The connection's callbacks; data is the lzr_remote. */
bool lzr_remote_is_quick(void *data, uint64_t tag);
void lzr_remote_serve(void *data, struct lzr_call *call);

/* *tag, a number the executor has not seen, calls handler or function from now
   on. */
lzr_error *lzr_remote_add_handler(struct lzr_remote *remote,
                                  lzr_handler handler, void *data,
                                  uint64_t *tag);
lzr_error *lzr_remote_add_function(struct lzr_remote *remote,
                                   const struct lzr_signature *signature,
                                   lzr_host_function function, void *data,
                                   uint64_t *tag);
void lzr_remote_free_callees(struct lzr_remote *remote);

/* Serve what the program prints and reads. */
void lzr_remote_serve_output(struct lzr_remote *remote, struct lzr_call *call);
void lzr_remote_serve_input(struct lzr_remote *remote, struct lzr_call *call);

/* ---- How it ends (ending.c) ---------------------------------------------- */

void lzr_news_init(struct lzr_news *news);
void lzr_news_fini(struct lzr_news *news);

void lzr_remote_serve_crash(struct lzr_remote *remote, struct lzr_call *call);
void lzr_remote_serve_ending(struct lzr_remote *remote, struct lzr_call *call);
void lzr_remote_ended(void *data, const lzr_error *reason);

/* Waits until the connection has ended, at most timeout milliseconds. */
bool lzr_remote_wait(struct lzr_remote *remote, int timeout);

/* Once the executor was told to exit: until the connection has ended, which is
   ended if need be, and the ending is known. */
void lzr_remote_finish(struct lzr_remote *remote);

/* Ends a connection whose executor does not keep to the protocol. Takes error,
   NULL for nothing. */
void lzr_remote_reject(struct lzr_remote *remote, lzr_error *error);

#endif
