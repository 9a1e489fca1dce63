/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the files of the relay share: relay.c has the two processes and the
 * messages, relay_streams.c the program's standard streams, relay_calls.c the
 * calls that the relay makes itself, relay_failure.c what it cannot do.
 */
#ifndef LZR_EXECUTOR_RELAY_STATE_H
#define LZR_EXECUTOR_RELAY_STATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "tpc/executor/output.h"
#include "tpc/wire/incoming.h"
#include "tpc/wire/outgoing.h"

enum { LZR_RELAY_STREAMS = 3 }; /* by descriptor */

/* One of the program's standard streams. */
struct lzr_relay_stream {
  struct lzr_relay *relay;
  int descriptor; /* the program's descriptor: 0, 1 or 2 */
  int ours; /* the relay's end of the pipe, until the fork the program's end; -1
               for none */
  int programs;
  pthread_t thread;
  uint64_t calls; /* calls made so far, counted by the stream's thread */
  atomic_uint unanswered; /* of these */
  /* Output: calls that may still be made; input: answers that have come. */
  sem_t turns;
  struct lzr_output *output; /* output only: what the program waits for */
  /* Input only: held between the call and the post of its answer. */
  atomic_bool asked;
  uint8_t *answer; /* owned; NULL at the end of the input */
  size_t answer_size;
};

struct lzr_relay {
  int in, out; /* the controller */
  int socket;  /* the child */
  pid_t pid;
  struct lzr_incoming from_controller, from_child; /* of a thread each */
  struct lzr_outgoing to_controller, to_child;
  pthread_t down, up;
  bool with_stdio;
  struct lzr_relay_stream streams[LZR_RELAY_STREAMS];
  atomic_bool is_ours;  /* the controller is lazyrun's */
  sem_t known_as_ours;  /* posted then, once */
  atomic_bool gone;     /* the controller is */
  sem_t let_go;         /* posted then, once */
  int over[2];          /* a pipe: readable once the child ended */
  pthread_mutex_t lock; /* guards the next */
  bool has_ended;       /* the child: its number may soon be another's */
  lzr_error *reason;    /* owned; what the controller is told at the end */
  atomic_bool gave_up;  /* it had to be killed, for reason */
  sem_t child_ended;
  sem_t never; /* posted */
};

#endif
