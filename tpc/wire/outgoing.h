/*
 * The sending half of a connection: whole messages, in the order in which they
 * are given.
 *
 * Nobody ever waits in a write. What the system does not take at once is the
 * backlog; a thread, started when there is one for the first time, sends it as
 * soon as it can. So the thread that reads can answer a peer that is not
 * reading just now, because it too is writing: both would wait for ever if it
 * could not. Others are held up while the backlog is long.
 *
 * Thread-safe; signals must be blocked (signals.h).
 */
#ifndef LZR_WIRE_OUTGOING_H
#define LZR_WIRE_OUTGOING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "tpc/error.h"
#include "tpc/wire/header.h"
#include "tpc/wire/pack.h"

enum {
  LZR_OUTGOING_POSTED_MAX = 256 << 10, /* bytes posted until they are sent */
  LZR_OUTGOING_HELD_UP = 1 << 20,      /* backlog that senders wait for */
  LZR_OUTGOING_BACKLOG_MAX = 256 << 20 /* that ends the connection */
};

struct lzr_outgoing {
  int out;
  bool is_socket;
  int flags;        /* of out, to be restored; -1 if they were not changed */
  const char *peer; /* borrowed */
  pthread_mutex_t
      lock; /* guards all below; nothing that waits is done with it */
  pthread_cond_t changed;
  struct lzr_writer kept; /* posted, or backlog */
  size_t sent;            /* bytes of kept that have been */
  bool has_backlog;       /* the drainer sends kept; else it is only posted */
  bool has_answers;       /* among what is posted: the peer waits for it */
  bool stopping;
  int failure; /* an errno: nothing can be sent any more */
  bool has_drainer;
  pthread_t drainer;
};

/* out and peer are borrowed. */
void lzr_outgoing_init(struct lzr_outgoing *outgoing, int out,
                       const char *peer);

/* Sends what is posted and then a message, whose payload is header->size less
   the header's. may_wait is false on the thread that reads. */
lzr_error *lzr_outgoing_send(struct lzr_outgoing *outgoing,
                             const struct lzr_header *header,
                             const void *payload, bool may_wait);

bool lzr_outgoing_has_thread(struct lzr_outgoing *outgoing);

/* The message goes out with the next that is sent. */
lzr_error *lzr_outgoing_post(struct lzr_outgoing *outgoing,
                             const struct lzr_header *header,
                             const void *payload, bool may_wait);

/* Sends what is posted; if wait, until the system has taken all. */
lzr_error *lzr_outgoing_flush(struct lzr_outgoing *outgoing, bool wait);

/* Sends what is posted, if there are answers among it; does not wait. */
lzr_error *lzr_outgoing_send_answers(struct lzr_outgoing *outgoing);

/* Waits for the backlog to go out, at most timeout milliseconds; from then on
   nothing is sent, and whoever is held up is let go. */
void lzr_outgoing_stop(struct lzr_outgoing *outgoing, int timeout);

/* After lzr_outgoing_stop(), when nobody uses it any more. */
void lzr_outgoing_fini(struct lzr_outgoing *outgoing);

#endif
