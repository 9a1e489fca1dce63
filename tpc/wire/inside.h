/*
 * What the files of a connection share: connection.c has its life, calls.c what
 * is sent, reading.c what is done with what comes, threads.c who does it and
 * attending.c what one thread does alone.
 */
#ifndef LZR_WIRE_INSIDE_H
#define LZR_WIRE_INSIDE_H

#include <pthread.h>
#include <signal.h>

#include "tpc/wire/connection.h"
#include "tpc/wire/given.h"
#include "tpc/wire/incoming.h"
#include "tpc/wire/outgoing.h"
#include "tpc/wire/waiting.h"

struct lzr_connection {
  struct lzr_connection_options options;
  char *peer; /* owned */
  int in, out;
  sigset_t served_signals; /* blocked in a thread that serves a call, which is
                              where the connection was made */
  sigset_t open_signals;   /* all others */

  pthread_mutex_t reading; /* held by who reads; guards incoming */
  struct lzr_incoming incoming;
  struct lzr_outgoing outgoing; /* has a lock of its own */

  /* Guards all below. May be taken by who reads, but never together with the
     lock of outgoing. All locks are taken with signals blocked only. */
  pthread_mutex_t lock;
  struct lzr_waiting waiting;
  unsigned callers; /* threads inside lzr_connection_call() */
  pthread_cond_t callers_left;
  bool has_ended;
  bool has_told;     /* the callback ended has run, or runs */
  lzr_error *reason; /* owned */

  /* See threads.c. */
  const void *watcher;   /* who waits for bytes: the connection for one of its
                            threads, its waiter for a caller, or NULL */
  uint64_t vacancies;    /* times that a thread has left the watch to serve */
  uint64_t caller_reads; /* times that a caller has read its own answer */
  bool watch_now;        /* a thread is on its way to watch */
  bool has_standby;      /* a thread stands by */
  bool standby_coming;   /* or is on its way to */
  struct lzr_given *first_given, *last_given; /* calls that callers have read */
  unsigned given_count;
  struct lzr_waiter attendant; /* who attends waits with it */
  struct lzr_call *attended;   /* owned; the call it is to serve, or NULL */
  unsigned idle; /* threads that wait for something to do, or are new: at least
                    as many as given_count and standby_coming ask for */
  pthread_cond_t something_to_do;
  pthread_cond_t standby_wanted;
  unsigned thread_count;
  pthread_t threads[LZR_CONNECTION_MAX_THREADS];
};

/* ---- connection.c */

/* Ends the connection: nothing more is looked at or sent but the goodbye, which
   says reason, if says_goodbye. Takes reason, NULL for none. */
void lzr_connection_stop(struct lzr_connection *connection, lzr_error *reason,
                         bool says_goodbye);

/* ---- calls.c */

/* A Result has come. Takes the message. *served_caller is set if it was for a
   caller who may read. */
lzr_error *lzr_connection_take_result(struct lzr_connection *connection,
                                      struct lzr_message *message,
                                      bool *served_caller);
/* Lets everybody go who waits for an answer; the connection has ended. */
void lzr_connection_fail_all(struct lzr_connection *connection);

/* Sends the answers that have been kept, without waiting. */
void lzr_connection_send_answers(struct lzr_connection *connection);

/* Blocks signals, unless the calling thread has them blocked because it reads;
   returns whether lzr_signals_restore() is due. */
bool lzr_connection_enter(const struct lzr_connection *connection,
                          sigset_t *saved);

/* ---- reading.c */

/* Whether the calling thread reads: it must not wait. */
bool lzr_connection_reads(const struct lzr_connection *connection);

/* Looks at the messages there are, and then, if may_read, at what can be read
   without waiting, until there is nothing more, or a call that is not quick:
   that is returned, to be served by this thread, which has left the watch.
   reading is held. own is the waiter whose thread this is, or NULL for a thread
   of the connection; only those get calls. *served_caller is set if something
   was for a thread that may read for itself. */
struct lzr_call *lzr_connection_read(struct lzr_connection *connection,
                                     bool may_read,
                                     const struct lzr_waiter *own,
                                     bool *served_caller);

/* ---- attending.c */

/* Takes a call that attends() wants. */
void lzr_connection_attend_to(struct lzr_connection *connection,
                              struct lzr_call *call);

/* ---- threads.c */

/* Starts a first thread. Signals are blocked. */
lzr_error *lzr_connection_start_threads(struct lzr_connection *connection);
/* Waits until all are gone. The connection has ended. */
void lzr_connection_join_threads(struct lzr_connection *connection);
/* Wakes all: the connection has ended. The lock is held. */
void lzr_connection_wake_threads(struct lzr_connection *connection);

/* The thread that reads leaves the watch to serve a call; false, and it does
   not, if there is no thread left that could stand by. */
bool lzr_connection_vacate(struct lzr_connection *connection);
/* Takes a call that a caller has read, for another thread to serve; false, and
   not taken, if there is none left. */
bool lzr_connection_give(struct lzr_connection *connection,
                         struct lzr_given *given);

/* Whether the calling thread, which makes a call, may read for itself: not from
   a signal handler, which may have interrupted malloc. It shows in signals, its
   mask. */
bool lzr_connection_may_read(const struct lzr_connection *connection,
                             const sigset_t *signals);

/* Waits for waiter's answer. Signals are blocked, but for the waiting, where
   signals are. */
void lzr_connection_await(struct lzr_connection *connection,
                          struct lzr_waiter *waiter, const sigset_t *signals);

#endif
