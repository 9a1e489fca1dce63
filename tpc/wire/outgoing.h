/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The sending half of a connection. It sends whole messages, in the order in
 * which they are given.
 *
 * No thread ever blocks in a write. Bytes that the system does not take at once
 * form the backlog. A thread, started for the first backlog, sends it as soon
 * as the system takes more. So the thread that reads can answer a peer that is
 * itself busy writing; if it blocked, both sides would wait for ever. Other
 * senders wait while the backlog is long.
 *
 * Thread-safe; signals must be blocked (lzr_signals_block).
 */
#ifndef LZR_WIRE_OUTGOING_H
#define LZR_WIRE_OUTGOING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "tpc/base/error.h"
#include "tpc/wire/header.h"
#include "tpc/wire/pack.h"

enum {
  LZR_OUTGOING_POSTED_MAX = 256 << 10, /* bytes that may stay posted */
  LZR_OUTGOING_HELD_UP = 1 << 20,      /* backlog at which senders wait */
  LZR_OUTGOING_BACKLOG_MAX = 256 << 20 /* backlog that ends the connection */
};

struct lzr_outgoing {
  int out;
  bool is_socket;
  int flags; /* status flags of out, to be restored; -1 if they were not changed
              */
  const char *peer;     /* borrowed */
  pthread_mutex_t lock; /* guards all below; never held while waiting */
  pthread_cond_t changed;
  struct lzr_writer kept; /* posted, or backlog */
  size_t sent;            /* bytes of kept that have been sent */
  bool has_backlog;       /* the drainer is sending kept; otherwise kept is only
                             posted */
  bool has_answers; /* an answer that the peer waits for is among the posted
                       bytes */
  bool stopping;
  int failure; /* an errno: nothing more can be sent */
  bool has_drainer;
  pthread_t drainer;
};

/* out and peer are borrowed. */
void lzr_outgoing_init(struct lzr_outgoing *outgoing, int out,
                       const char *peer);

/* In a forked child: goes on with another descriptor, a socket. What was kept
   is dropped. */
void lzr_outgoing_renew(struct lzr_outgoing *outgoing, int out);

/* Sends the posted bytes and then a message, whose payload has header->size
   bytes less the header's own. may_wait is false on the thread that reads. */
lzr_error *lzr_outgoing_send(struct lzr_outgoing *outgoing,
                             const struct lzr_header *header,
                             const void *payload, bool may_wait);

bool lzr_outgoing_has_thread(struct lzr_outgoing *outgoing);

/* Posts a message: it goes out with the next one that is sent. */
lzr_error *lzr_outgoing_post(struct lzr_outgoing *outgoing,
                             const struct lzr_header *header,
                             const void *payload, bool may_wait);

/* Sends what is posted. If wait, returns only when the system has taken all of
   it. */
lzr_error *lzr_outgoing_flush(struct lzr_outgoing *outgoing, bool wait);

/* Sends what is posted if it contains an answer; does not wait. */
lzr_error *lzr_outgoing_send_answers(struct lzr_outgoing *outgoing);

/* Waits for the backlog to go out, at most timeout milliseconds; from then on
   nothing is sent, and whoever is held up is let go. Whether all that was ever
   to be sent has gone out. */
bool lzr_outgoing_stop(struct lzr_outgoing *outgoing, int timeout);

/* Call it after lzr_outgoing_stop(), when no thread uses outgoing any more. */
void lzr_outgoing_fini(struct lzr_outgoing *outgoing);

#endif
