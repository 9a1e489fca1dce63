/*
 * The receiving half of a connection: bytes into messages.
 *
 * Waiting for bytes and reading them are two things: any thread may wait, and
 * whoever then reads them never waits. All but lzr_incoming_wait() and
 * lzr_incoming_stop() is for one thread at a time. What has been read of a
 * message stays here, so that another thread can go on.
 */
#ifndef LZR_WIRE_INCOMING_H
#define LZR_WIRE_INCOMING_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "tpc/error.h"
#include "tpc/wire/header.h"

struct lzr_message {
  struct lzr_header header;
  uint8_t *block;   /* owned, ended by free(); NULL if there is no payload, but
                       never for a call, whose struct has its room here */
  uint8_t *payload; /* in block: at its start, but for a call */
  size_t size;      /* of the payload */
};

struct lzr_incoming {
  int in;
  int stop; /* readable when there is nothing more to be waited for */
  bool is_socket;
  int flags;          /* of in, to be restored; -1 if they were not changed */
  bool expects_setup; /* and nothing else; if false, anything else */
  const char *peer;   /* borrowed */
  uint64_t max_message;
  /* Bytes that have been read and not looked at yet. */
  uint8_t *buffer; /* owned */
  size_t start, end;
  /* A message of which the rest is missing. */
  bool has_header;
  struct lzr_message message; /* owned */
  size_t arrived, capacity;   /* of the payload */
};

enum lzr_next {
  LZR_NEXT_MESSAGE, /* there is one, or more to make one of */
  LZR_NEXT_NOTHING, /* not now */
  LZR_NEXT_END,     /* closed by the peer at the end of a message, or stopped */
  LZR_NEXT_ERROR
};

/* in and peer are borrowed. *incoming can be given to lzr_incoming_fini() also
   after a failure. */
lzr_error *lzr_incoming_init(struct lzr_incoming *incoming, int in,
                             const char *peer, uint64_t max_message);
void lzr_incoming_fini(struct lzr_incoming *incoming);

/* Waits for bytes, at most timeout microseconds; -1: for ever. Meanwhile the
   thread's signal mask is signals, unless NULL; a handler that ran ends the
   wait with LZR_NEXT_NOTHING. */
enum lzr_next lzr_incoming_wait(const struct lzr_incoming *incoming,
                                int64_t timeout, const sigset_t *signals);

/* A message, if all of it has been read; its block is the caller's. *error is
   set for LZR_NEXT_ERROR only, and owned. */
enum lzr_next lzr_incoming_take(struct lzr_incoming *incoming,
                                struct lzr_message *message, lzr_error **error);

/* Reads once, what there is. *error as above. */
enum lzr_next lzr_incoming_fill(struct lzr_incoming *incoming,
                                lzr_error **error);

/* Whether bytes have been read that nobody has looked at. */
bool lzr_incoming_has_bytes(const struct lzr_incoming *incoming);
/* Whether a message has been read in part. */
bool lzr_incoming_has_part(const struct lzr_incoming *incoming);

/* All three: waits for a message, at most timeout milliseconds. */
enum lzr_next lzr_incoming_next(struct lzr_incoming *incoming, int timeout,
                                struct lzr_message *message, lzr_error **error);

/* Makes who waits return, now and later, from any thread. */
void lzr_incoming_stop(const struct lzr_incoming *incoming);

#endif
