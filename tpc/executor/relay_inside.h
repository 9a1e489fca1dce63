/* What the files of the relay share: relay.c has the two processes and the
   messages, relay_streams.c the program's standard streams. */
#ifndef LZR_EXECUTOR_RELAY_INSIDE_H
#define LZR_EXECUTOR_RELAY_INSIDE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "tpc/wire/incoming.h"
#include "tpc/wire/outgoing.h"

enum { LZR_RELAY_STREAMS = 3 }; /* by descriptor */

/* One of the program's standard streams. */
struct lzr_relay_stream {
  struct lzr_relay *relay;
  int descriptor; /* the program's: 0, 1 or 2 */
  int ours;       /* our end of the pipe, the program's until the fork; -1 */
  int programs;
  pthread_t thread;
  uint64_t calls; /* made so far, by its thread */
  /* Output: calls that may still be made; input: answers that have come. */
  sem_t turns;
  /* Input only: between the call and the post of its answer. */
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
  int over[2];          /* a pipe: readable once the child has ended */
  pthread_mutex_t lock; /* guards the next */
  bool has_ended;       /* the child: its number may soon be another's */
  sem_t child_ended;
  sem_t never; /* posted */
};

/* The pipes. False and errno. */
bool lzr_relay_open_streams(struct lzr_relay *relay);
/* In the child: they become its standard streams. */
bool lzr_relay_take_streams(struct lzr_relay *relay);
/* In the parent. */
bool lzr_relay_start_streams(struct lzr_relay *relay);
/* A Result of one of our own calls has come; payload is borrowed. */
void lzr_relay_take_answer(struct lzr_relay *relay, uint64_t sequence,
                           const uint8_t *payload, size_t size);
/* The controller is gone: nobody waits for it any longer. */
void lzr_relay_drop_streams(struct lzr_relay *relay);
/* The child has ended: passes on what it has left behind. */
void lzr_relay_drain_streams(struct lzr_relay *relay);

/* Calls tag in the controller; the answer, if it matters, comes to the stream.
 */
lzr_error *lzr_relay_call(struct lzr_relay *relay, uint64_t sequence,
                          uint64_t tag, const struct lzr_writer *arguments);
/* Whether a sequence number is one of ours. */
bool lzr_relay_is_own(uint64_t sequence);
/* The number of a stream's next call. */
uint64_t lzr_relay_next(struct lzr_relay_stream *stream);

#endif
