/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A connection between a controller and an executor: two ends that call each
 * other's functions over a stream of bytes, as LLVM's SimpleRemoteEPC does.
 *
 * Each end numbers its own calls; calls may be under way in both directions at
 * once and answers come in any order. One thread at a time reads. That thread
 * serves *quick* calls (those that cannot block) in the order of arrival. It
 * serves any other call too, but first makes sure that another thread takes
 * over the reading. So a call that waits for the peer, which calls back, which
 * waits ... never waits for a thread. Threads are reused and bounded: calls
 * beyond LZR_CONNECTION_MAX_THREADS wait for a thread; once
 * LZR_CONNECTION_MAX_QUEUED calls wait, each further call is answered with an
 * empty Result.
 *
 * Each message is sent whole, under a lock. A *posted* message is kept until a
 * message is sent for which somebody waits; both then go out in one write.
 *
 * What is received is bounded: max_message limits a message's size, and memory
 * is allocated as bytes arrive, not as the header promises.
 *
 * The rule a user must not break: lzr_connection_destroy() comes after the last
 * use, and not from a thread of the connection.
 *
 * This is the whole interface of a connection; inside.h says which of its files
 * does what.
 */
#ifndef LZR_WIRE_CONNECTION_H
#define LZR_WIRE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"

typedef struct lzr_connection lzr_connection;

enum {
  LZR_CONNECTION_MAX_THREADS = 512,
  LZR_CONNECTION_MAX_QUEUED = 1 << 16 /* calls that wait for a thread */
};

/* A call from the peer. lzr_call_answer() or lzr_call_drop() ends it, on any
   thread and at any time. */
struct lzr_call {
  uint64_t sequence;
  uint64_t tag;
  const uint8_t *bytes; /* the arguments; borrowed until the answer */
  size_t size;
  lzr_connection *connection;
};

/* Callbacks run on the connection's threads (but see callers_read). All signals
   are blocked there, except those that faults raise, unless keep_signals says
   otherwise. */
struct lzr_connection_options {
  uint64_t max_message; /* limit of one message, in bytes; 0 counts as 1 GiB +
                           64 KiB */
  const char *peer;  /* the peer's name in messages: "the executor"; copied */
  bool keep_signals; /* threads that serve calls which are not quick have the
                        signal mask of the thread that made the connection */
  bool callers_read; /* a thread that waits in lzr_connection_call() may read
                        for itself, and serves quick calls meanwhile. That saves
                        a change of threads, but quick calls must manage with
                        the stack and the locks of such a thread */
  void *data;        /* handed to the callbacks */
  /* Whether a call of that tag cannot block. NULL: no call is quick. */
  bool (*is_quick)(void *data, uint64_t tag);
  /* Whether a call of that tag, which is not quick, is for the attending
     thread. NULL: no call is. Asked once for each call, where the call is read.
     After it has returned true it must return false until
     lzr_connection_attend() has returned that call. */
  bool (*attends)(void *data, uint64_t tag);
  /* Serves a call, now or later, and ends it. */
  void (*serve)(void *data, struct lzr_call *call);
  /* Called once, when nothing more will arrive. reason is NULL if the peer said
     goodbye or closed at the end of a message; otherwise it says what was wrong
     (borrowed). All calls that waited have failed by then. */
  void (*ended)(void *data, const lzr_error *reason);
};

/* Takes in and out (which may be the same) in every case; *connection is owned,
   ended by lzr_connection_destroy(). No thread runs before
   lzr_connection_start(). */
lzr_error *lzr_connection_create(int in, int out,
                                 const struct lzr_connection_options *options,
                                 lzr_connection **connection);

/* For an executor: sends the Setup message and starts reading. */
lzr_error *lzr_connection_start(lzr_connection *connection, const void *setup,
                                size_t size);

/* For a controller: reads the Setup message, for at most timeout milliseconds,
   and then starts reading. *setup is owned, ended by free(). */
lzr_error *lzr_connection_meet(lzr_connection *connection, int timeout,
                               uint8_t **setup, size_t *size);

/* Calls tag in the peer and waits. Call it only after lzr_connection_start() or
   lzr_connection_meet(), and not on the thread that reads (in a quick call, or
   in answered). A signal does not end the wait, and its handler may make calls
   too. The connection recognizes a handler by its mask, which blocks the
   handler's own signal; a call in a handler neither reads nor uses the heap.
   *answer is owned (free()), NULL when it is empty. Fails with kind CLOSED when
   the connection has ended or ends meanwhile. */
lzr_error *lzr_connection_call(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size, uint8_t **answer,
                               size_t *answer_size);

/* Posts a call and does not wait. answered runs on the thread that reads, must
   not block, and must not call; it does not run if the connection ends first.
   The call goes out with the next call, answer or flush, or when many bytes are
   kept. */
typedef void (*lzr_answered)(void *data, const uint8_t *answer, size_t size);
lzr_error *lzr_connection_post(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size,
                               lzr_answered answered, void *data);
/* The same; *sequence becomes the call's number before answered may run. */
lzr_error *lzr_connection_ask(lzr_connection *connection, uint64_t tag,
                              const void *bytes, size_t size,
                              lzr_answered answered, void *data,
                              uint64_t *sequence);
/* Sends what was posted. Returns when the system has taken everything, except
   on the thread that reads, which does not wait. */
lzr_error *lzr_connection_flush(lzr_connection *connection);
/* Sends what was posted, without waiting. */
lzr_error *lzr_connection_push(lzr_connection *connection);

/* Waits for a call that attends() has claimed, and returns it; the calling
   thread must serve and end it. That thread must be the same each time and not
   one of the connection's own. It may read meanwhile, as a caller may
   (callers_read). Signal handlers run during the wait. Returns NULL after
   lzr_connection_recall(), but not when the connection ends. */
struct lzr_call *lzr_connection_attend(lzr_connection *connection);

/* Makes lzr_connection_attend() return NULL once, now or when it is called
   next. */
void lzr_connection_recall(lzr_connection *connection);

/* Answers call and takes it; bytes are borrowed. Posted messages go out in
   front of the answer. */
void lzr_call_answer(struct lzr_call *call, const void *bytes, size_t size);

/* Takes call and ends it without an answer, because the peer awaits none. */
void lzr_call_drop(struct lzr_call *call);

/* Ends the connection from this side, as if reason had been found while
   reading. Takes reason, NULL for none. Sends a Hangup with the reason first,
   if the peer still listens. Does nothing when the connection has ended. */
void lzr_connection_end(lzr_connection *connection, lzr_error *reason);

/* For the callback ended: waits, for timeout milliseconds at most, until the
   system has taken what was still to be sent; whether it has, and nothing was
   lost before. Nothing can be sent after that. */
bool lzr_connection_finish(lzr_connection *connection, int timeout);

/* Why the connection ended. NULL while it lasts and after a clean end;
   borrowed, valid as long as the connection. */
const lzr_error *lzr_connection_reason(lzr_connection *connection);
bool lzr_connection_has_ended(lzr_connection *connection);

/* The number of threads that the connection has made and not joined. */
unsigned lzr_connection_count_threads(lzr_connection *connection);

/* In a child made by fork(): closes the child's copies of the descriptors, so
   that the peer notices the end of the parent. The child cannot use the
   connection any more; its attending thread is recalled. */
void lzr_connection_forget(lzr_connection *connection);

/* Ends the connection if it has not ended, waits until its threads have left
   the callbacks, and closes in and out. Accepts NULL. */
void lzr_connection_destroy(lzr_connection *connection);

#endif
