/*
 * A connection between a controller and an executor: two ends that call each
 * other's functions over a stream of bytes, as LLVM's SimpleRemoteEPC does.
 *
 * Each end numbers its own calls; calls may be under way in both directions at
 * once and answers come in any order. One thread at a time reads. A call that
 * comes in and is *quick* (it cannot block) is served by that thread, in the
 * order of arrival; before any other it makes sure that another thread reads
 * when it does not, and serves the call itself. So a call that waits for the
 * peer, which calls back, which waits ... never waits for a thread. Threads are
 * reused and bounded: a call beyond LZR_CONNECTION_MAX_THREADS is answered with
 * no byte.
 *
 * Everything sent is a whole message under a lock. What is *posted* is kept
 * until something is sent that somebody waits for, and goes out with it in one
 * write.
 *
 * Everything received is bounded: a message's size by max_message, and memory
 * is taken as bytes arrive, not as the header promises.
 *
 * The rule a user must not break: lzr_connection_destroy() comes after the last
 * use, and not from a thread of the connection.
 */
#ifndef LZR_WIRE_CONNECTION_H
#define LZR_WIRE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"

typedef struct lzr_connection lzr_connection;

enum { LZR_CONNECTION_MAX_THREADS = 512 };

/* A call that came in; ended by lzr_call_answer() (or lzr_call_drop()),
   from any thread and at any time. */
struct lzr_call {
  uint64_t sequence;
  uint64_t tag;
  const uint8_t *bytes; /* the arguments; borrowed until the answer */
  size_t size;
  lzr_connection *connection;
};

/* Callbacks run on the connection's threads (but see callers_read), with all
   signals blocked (but those that faults raise) unless keep_signals says
   otherwise. */
struct lzr_connection_options {
  uint64_t max_message; /* bytes of one message; 0 counts as 1 GiB + 64 KiB */
  const char *peer;     /* for messages: "the executor"; copied */
  bool keep_signals;    /* threads that serve calls which are not quick have the
                           signal mask of the thread that made the connection */
  bool callers_read;    /* a thread that waits in lzr_connection_call() may read
                           for itself, and serves quick calls meanwhile: that
                           saves a change of threads, if quick calls can do with
                           the stack and the locks of such a thread */
  void *data;           /* handed to the callbacks */
  /* Whether the call with that tag cannot block; NULL: none is quick. */
  bool (*is_quick)(void *data, uint64_t tag);
  /* Whether the call with that tag, which is not quick, is for the thread that
     attends; NULL: none is. Asked once for each, where it is read; who says yes
     says no until lzr_connection_attend() has returned the call. */
  bool (*attends)(void *data, uint64_t tag);
  /* Serves a call, now or later, and ends it. */
  void (*serve)(void *data, struct lzr_call *call);
  /* Once, when nothing more will come: the peer said goodbye or closed at the
     end of a message (reason is NULL), or something was wrong (borrowed). All
     calls that waited have been failed. */
  void (*ended)(void *data, const lzr_error *reason);
};

/* Takes in and out (which may be the same) in every case; *connection is owned,
   ended by lzr_connection_destroy(). No thread runs before
   lzr_connection_start(). */
lzr_error *lzr_connection_create(int in, int out,
                                 const struct lzr_connection_options *options,
                                 lzr_connection **connection);

/* Executor: sends the Setup message and starts reading. */
lzr_error *lzr_connection_start(lzr_connection *connection, const void *setup,
                                size_t size);

/* Controller: reads the Setup message, at most for timeout milliseconds, and
   starts reading the rest. *setup is owned, ended by free(). */
lzr_error *lzr_connection_meet(lzr_connection *connection, int timeout,
                               uint8_t **setup, size_t *size);

/* Calls tag in the peer and waits; not before lzr_connection_start() or
   lzr_connection_meet(), and not on the thread that reads (in a quick call, or
   in answered). A signal does not end the wait; its handler may call too: that
   it is one shows in its mask, where its own signal is blocked, and then it
   neither reads nor uses the heap. *answer is owned (free()), NULL when it is
   empty. Fails with kind CLOSED when the connection has ended or ends
   meanwhile.
 */
lzr_error *lzr_connection_call(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size, uint8_t **answer,
                               size_t *answer_size);

/* The same without waiting: answered runs on the reading thread, must not
   block and must not call; it does not run when the connection ends first.
   Goes out with the next call, answer or flush, or when much is kept. */
typedef void (*lzr_answered)(void *data, const uint8_t *answer, size_t size);
lzr_error *lzr_connection_post(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size,
                               lzr_answered answered, void *data);
/* Sends what was posted, and waits until the system has taken everything, but
   not on the thread that reads. */
lzr_error *lzr_connection_flush(lzr_connection *connection);

/* Waits for a call that attends() wants, and returns it, for the calling thread
   to serve and end: one that is not the connection's own, the same each time.
   It may read meanwhile, as a caller may (callers_read). Handlers of signals
   run while it waits. NULL after lzr_connection_recall(), and not when the
   connection ends. */
struct lzr_call *lzr_connection_attend(lzr_connection *connection);

/* Makes lzr_connection_attend() return once, now or when it is called. */
void lzr_connection_recall(lzr_connection *connection);

/* Ends call, taken; bytes are borrowed. What was posted before goes out with
   it, in front. */
void lzr_call_answer(struct lzr_call *call, const void *bytes, size_t size);

/* Ends call, taken, without an answer: the peer awaits none. */
void lzr_call_drop(struct lzr_call *call);

/* Ends the connection from this side as if reason had been found while reading;
   takes reason, NULL for none. Says goodbye (a Hangup with the reason) first,
   if the peer still listens. Does nothing when it has ended. */
void lzr_connection_end(lzr_connection *connection, lzr_error *reason);

/* NULL while it lasts and after a clean end; borrowed, valid as long as the
   connection. */
const lzr_error *lzr_connection_reason(lzr_connection *connection);
bool lzr_connection_has_ended(lzr_connection *connection);

/* Threads it has made and not joined. */
unsigned lzr_connection_count_threads(lzr_connection *connection);

/* In a child made by fork(): closes its copies of the descriptors, so that the
   peer notices the end of the parent. The connection is of no use there any
   more; who attends is recalled. */
void lzr_connection_forget(lzr_connection *connection);

/* Ends it if need be, waits for its threads to leave the callbacks, closes in
   and out. Accepts NULL. */
void lzr_connection_destroy(lzr_connection *connection);

#endif
