/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Follows the program's forks. When the program forks, its child needs a
 * controller of its own: what the two processes compile from then on differs.
 * So the controller forks too, and child and child get a connection of their
 * own.
 *
 *     program's thread                      controller
 *     makes two pairs of sockets
 *     | sends two ends by the channel
 *     | Call LZR_TAG_FORK         ----->    pauses the session
 *     |                           <-----    everything posted, Result
 *     forks
 *     | Call LZR_TAG_FORKED       ----->
 *
 * The controller does not fork at once, because most children soon become
 * another program, and forking a process that contains LLVM takes a
 * millisecond. The session stays paused, *frozen*, and so remains as the child
 * knows it, until the parent needs it. The controller forks for a child when
 * the child sends something, or for all children that still live before the
 * session goes on. A child that has ended, or has become another program, has
 * closed its sockets.
 *
 * The thread that has created the remote, its *owner*, forks; it is the only
 * one that the copy has. It must be waiting for the program then (main, a
 * constructor, exit), and in the copy it goes on waiting, for the program's
 * child.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_FORKS_H
#define LZR_REMOTE_FORKS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tpc/tpc.h"
#include "tpc/wire/connection.h"

struct lzr_remote;

/* A child of the program for which no controller has been forked. */
struct lzr_born {
  int stream, channel; /* owned */
};

enum { LZR_FORKS_SERVICES = 5 };

struct lzr_forks {
  bool follows;                /* false: nothing below is used, except lock */
  pthread_t owner;             /* the only thread that calls fork() */
  int channel;                 /* a socket by which descriptors come; owned */
  int wake;                    /* an eventfd: the owner is to look; owned */
  void (*on_fork)(void *data); /* the client's; runs in the copy */
  void *on_fork_data;
  void (*pause)(void *data); /* the session's, or NULL, as the next */
  void (*resume)(void *data);
  void *session;
  lzr_addr services[LZR_FORKS_SERVICES]; /* those that run the program */
  pthread_mutex_t lock;                  /* guards the rest */
  pthread_cond_t changed;
  bool attending;     /* the owner waits for the program, and touches nothing */
  bool over;          /* the connection has ended, and the owner knows it */
  bool frozen;        /* born changes only while it is */
  unsigned announced; /* forks that are about to happen */
  bool is_wanted;     /* somebody waits for the end of the frost */
  struct lzr_born *born; /* owned */
  size_t born_count;
  pid_t *copies; /* owned; this process's children, not waited for */
  size_t copy_count;
  bool is_copy;                /* this process itself is one */
  atomic_bool has_quiet_heart; /* the heartbeat is to begin with the first call
                                  of the program's */
};

void lzr_forks_init(struct lzr_forks *forks);
/* No fork is followed any more; threads that wait for the owner go on. */
void lzr_forks_stop(struct lzr_forks *forks);
void lzr_forks_fini(struct lzr_forks *forks);

/* From now on forks are followed, on behalf of the calling thread. Takes
   channel. */
lzr_error *lzr_forks_follow(struct lzr_remote *remote, int channel,
                            void (*on_fork)(void *data), void *data);

/* An operation: see lzr_tpc_on_fork(). */
void lzr_remote_on_fork(lzr_tpc *tpc, void (*pause)(void *data),
                        void (*resume)(void *data), void *data);

/* Serve the two calls of the program. The second is quick. */
void lzr_forks_serve(struct lzr_remote *remote, struct lzr_call *call);
void lzr_forks_serve_done(struct lzr_remote *remote, struct lzr_call *call);

/* The program calls: ends the frost, because the session may change now. Not on
   the owner's thread. */
void lzr_forks_thaw(struct lzr_remote *remote);

/* Whether the calling thread must call a service by the next function: it is
   the owner, and the service runs the program. */
bool lzr_forks_attends(const struct lzr_remote *remote, lzr_addr service);
/* As lzr_connection_call(). May return in a copy of this process as well, with
   the answer of the program's child. */
lzr_error *lzr_forks_call(struct lzr_remote *remote, uint64_t tag,
                          const void *bytes, size_t size, uint8_t **answer,
                          size_t *answer_size);

#endif
