/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the files of a connection share. connection.c creates, starts and ends a
 * connection; calls.c sends; reading.c handles what arrives; threads.c chooses
 * the thread that does it; attending.c has what one thread does alone. They
 * call each other in a circle and work on one struct, so their functions are
 * declared together here, file by file. renewal.c carries a connection into a
 * forked child.
 */
#ifndef LZR_WIRE_INSIDE_H
#define LZR_WIRE_INSIDE_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "tpc/wire/connection.h"
#include "tpc/wire/incoming.h"
#include "tpc/wire/outgoing.h"
#include "tpc/wire/waiting.h"

struct lzr_connection {
  struct lzr_connection_options options;
  char *peer; /* owned */
  int in, out;
  sigset_t served_signals; /* blocked in threads that serve a call: the mask of
                              the thread that made the connection */
  sigset_t open_signals;   /* all others */

  pthread_mutex_t reading; /* held by the thread that reads; guards incoming */
  struct lzr_incoming incoming;
  struct lzr_outgoing outgoing; /* has a lock of its own */

  /* Guards everything below. The thread that reads may take it, but no thread
     may hold it together with outgoing's lock. Signals are blocked while any of
     these locks is taken. */
  pthread_mutex_t lock;
  struct lzr_waiting waiting;
  unsigned callers; /* threads inside lzr_connection_call() */
  pthread_cond_t callers_left;
  bool has_ended;
  bool has_stopped; /* the goodbye has been sent too, and no call waits any more
                     */
  atomic_bool kept_silent; /* the goodbye could not be sent */
  bool has_told;           /* the callback ended is running or has run */
  lzr_error *reason;       /* owned */

  /* See threads.c. */
  const void *watcher; /* the waiting reader: the connection for one of its own
                          threads, the waiter for a caller, or NULL */
  uint64_t vacancies;  /* how often a thread has left the watch to serve */
  uint64_t caller_reads; /* how often a caller has read its own answer */
  bool watch_now;        /* a thread is about to take the watch */
  bool left_bytes;  /* the last watcher has read more than it looked at, and no
                       thread stands by */
  bool has_standby; /* a thread stands by */
  bool standby_coming;                        /* or is on its way to */
  struct lzr_given *first_given, *last_given; /* calls that callers have read */
  unsigned given_count;
  struct lzr_pending attendant; /* the attending thread waits with it */
  struct lzr_call *attended; /* owned; the call that the attending thread is to
                                serve, or NULL */
  unsigned idle; /* threads that are new or wait for something to do: at least
                    as many as given_count and standby_coming ask for, unless
                    the system gives no more */
  pthread_cond_t something_to_do;
  pthread_cond_t standby_wanted;
  unsigned thread_count;
  pthread_t threads[LZR_CONNECTION_MAX_THREADS];
};

/* connection.c. */

void lzr_connection_init_locks(struct lzr_connection *connection);

/* Ends the connection: nothing more is looked at, and nothing is sent except,
   if says_goodbye, a Hangup with reason. Takes reason, NULL for none. */
void lzr_connection_stop(struct lzr_connection *connection, lzr_error *reason,
                         bool says_goodbye);

/* calls.c. */

/* Handles a Result that has arrived. Takes the message. Sets *served_caller if
   the Result was for a caller who may read. */
lzr_error *lzr_connection_take_result(struct lzr_connection *connection,
                                      struct lzr_message *message,
                                      bool *served_caller);
/* Wakes every caller that waits for an answer, because the connection has
   ended. */
void lzr_connection_fail_all(struct lzr_connection *connection);

/* Sends the answers that were kept back, without waiting. */
void lzr_connection_send_answers(struct lzr_connection *connection);

/* Blocks signals, unless the calling thread reads and so has blocked them
   already. Returns whether lzr_signals_restore() must be called later. */
bool lzr_connection_enter(const struct lzr_connection *connection,
                          sigset_t *saved);

/* reading.c. */

/* Whether the calling thread is the one that reads: that thread must not
   wait. */
bool lzr_connection_reads(const struct lzr_connection *connection);

/* Looks at the messages that have arrived and then, if may_read, at what can be
   read without waiting, until there is nothing more or there is a call that is
   not quick. Returns that call, which this thread must serve; the thread has
   left the watch by then. The caller holds reading. own is the waiter of the
   calling thread, or NULL for a thread of the connection; only threads of the
   connection get calls. Sets *served_caller if a message was for a thread that
   may read for itself. */
struct lzr_call *lzr_connection_read(struct lzr_connection *connection,
                                     bool may_read,
                                     const struct lzr_pending *own,
                                     bool *served_caller);

/* attending.c. */

/* Takes a call that the callback attends() has claimed. */
void lzr_connection_attend_to(struct lzr_connection *connection,
                              struct lzr_call *call);

/* threads.c. */

/* Starts the first thread. Signals are blocked. */
lzr_error *lzr_connection_start_threads(struct lzr_connection *connection);
/* Waits until all threads have gone. The connection has ended. */
void lzr_connection_join_threads(struct lzr_connection *connection);
/* Wakes all threads, because the connection has ended. The lock is held. */
void lzr_connection_wake_threads(struct lzr_connection *connection);

/* The thread that reads leaves the watch to serve a call. Returns false, and
   the thread keeps the watch, if the connection has as many threads as it may
   have. */
bool lzr_connection_vacate(struct lzr_connection *connection);
/* Takes a call that another thread is to serve, maybe after a wait. Returns
   false, and does not take the call, if too many calls wait already. */
bool lzr_connection_give(struct lzr_connection *connection,
                         struct lzr_given *given);

/* Whether the calling thread, which makes a call, may read for itself. A signal
   handler may not, because it may have interrupted malloc; signals, the
   thread's mask, shows whether it is one. */
bool lzr_connection_may_read(const struct lzr_connection *connection,
                             const sigset_t *signals);

/* Whether waiter's answer is there; takes it, so that it is not awaited any
   more. */
bool lzr_connection_is_done(struct lzr_connection *connection,
                            struct lzr_pending *waiter);

/* Waits for waiter's answer. Signals are blocked, except during the wait, when
   the mask is signals. */
void lzr_connection_await(struct lzr_connection *connection,
                          struct lzr_pending *waiter, const sigset_t *signals);

#endif
