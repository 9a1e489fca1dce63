/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The receiving half of a connection: it makes messages from bytes.
 *
 * Waiting for bytes and reading them are separate: any thread may wait, and the
 * thread that then reads never waits. Only one thread at a time may call these
 * functions, except lzr_incoming_wait() and lzr_incoming_stop(). A message that
 * has been read in part stays here, so that another thread can continue.
 */
#ifndef LZR_WIRE_INCOMING_H
#define LZR_WIRE_INCOMING_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "tpc/base/error.h"
#include "tpc/wire/connection.h"
#include "tpc/wire/header.h"

/* A call that waits for a thread; it lies in the message's block, in front of
   its arguments. */
struct lzr_given {
  struct lzr_call call; /* first, so that its address is that of the block */
  struct lzr_given *next;
};

struct lzr_message {
  struct lzr_header header;
  uint8_t *block; /* owned, ended by free(). NULL if there is no payload, except
                     for a call, whose struct lies in the block */
  uint8_t *payload; /* the payload, in block: at its start, except for a call */
  size_t size;      /* of the payload */
};

struct lzr_incoming {
  int in;
  int stop; /* readable when no thread should wait any more, or when none may
               wait just now: see moving.h. Its number is above in's */
  atomic_uint waiting; /* threads that wait on these descriptor numbers */
  atomic_bool moving;  /* nobody is to wait now */
  bool is_socket;
  int flags; /* status flags of in, to be restored; -1 if they were not changed
              */
  bool expects_setup; /* and nothing else; if false, anything else */
  const char *peer;   /* borrowed */
  uint64_t max_message;
  /* Bytes that have been read but not looked at. */
  uint8_t *buffer; /* owned */
  size_t start, end;
  /* A message that has arrived in part. */
  bool has_header;
  struct lzr_message message; /* owned */
  size_t arrived, capacity;   /* of the payload */
};

enum lzr_next {
  LZR_NEXT_MESSAGE, /* there is one, or more to make one of */
  LZR_NEXT_NOTHING, /* not now */
  LZR_NEXT_END,     /* the peer closed at the end of a message, or reading was
                       stopped */
  LZR_NEXT_ERROR
};

/* in and peer are borrowed. *incoming can be given to lzr_incoming_fini() also
   after a failure. */
lzr_error *lzr_incoming_init(struct lzr_incoming *incoming, int in,
                             const char *peer, uint64_t max_message);
void lzr_incoming_fini(struct lzr_incoming *incoming);

/* In a forked child: goes on with another descriptor, a socket, from which
   nothing has been read. Then lzr_incoming_resume() is called once, before
   anybody waits. The first function uses no memory. */
void lzr_incoming_renew(struct lzr_incoming *incoming, int in);
lzr_error *lzr_incoming_resume(struct lzr_incoming *incoming);

/* Waits for bytes, for at most timeout microseconds; -1 means for ever. During
   the wait the thread's signal mask is signals, unless NULL. A signal handler
   that ran ends the wait with LZR_NEXT_NOTHING. */
enum lzr_next lzr_incoming_wait(struct lzr_incoming *incoming, int64_t timeout,
                                const sigset_t *signals);

/* Replaces descriptor number by moved, a duplicate of it, which it takes. Call
   it on a thread that does not read. Afterwards no thread uses number, not even
   in a wait that has begun. The one exception is a wait that was interrupted by
   the handler that makes this call; that wait ends when the handler returns.
   Signals are blocked. */
void lzr_incoming_move(struct lzr_incoming *incoming, int number, int moved);

/* Returns a message if all of it has been read; its block is the caller's.
 *error is set for LZR_NEXT_ERROR only, and owned. */
enum lzr_next lzr_incoming_take(struct lzr_incoming *incoming,
                                struct lzr_message *message, lzr_error **error);

/* Reads once, as much as there is. *error as above. */
enum lzr_next lzr_incoming_fill(struct lzr_incoming *incoming,
                                lzr_error **error);

/* Whether bytes have been read that no thread has looked at. */
bool lzr_incoming_has_bytes(const struct lzr_incoming *incoming);
/* Whether a message has been read in part. */
bool lzr_incoming_has_part(const struct lzr_incoming *incoming);

/* Waits, reads and returns a message, for at most timeout milliseconds. */
enum lzr_next lzr_incoming_next(struct lzr_incoming *incoming, int timeout,
                                struct lzr_message *message, lzr_error **error);

/* Makes all threads that wait return, now and later. Callable on any thread. */
void lzr_incoming_stop(const struct lzr_incoming *incoming);

#endif
