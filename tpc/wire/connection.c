/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Creates, starts and ends a connection. */
#include "tpc/wire/connection.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"
#include "tpc/wire/result.h"

/* How long data that has not gone out yet may delay the end of the connection,
   in milliseconds. */
enum { LAST_WORDS = 1000 };

#define MAX_MESSAGE ((UINT64_C(1) << 30) + (64 << 10))

/* ---- Making ---- */

static void close_both(int in, int out) {
  if (in >= 0)
    close(in);
  if (out >= 0 && out != in)
    close(out);
}

void lzr_connection_init_locks(struct lzr_connection *connection) {
  pthread_mutex_init(&connection->lock, NULL);
  pthread_mutex_init(&connection->reading, NULL);
  lzr_condition_init(&connection->callers_left);
  pthread_cond_init(&connection->something_to_do, NULL);
  lzr_condition_init(&connection->standby_wanted);
}

static void drop_given(struct lzr_connection *connection) {
  while (connection->first_given) {
    struct lzr_given *given = connection->first_given;

    connection->first_given = given->next;
    free(given);
  }
}

static void fini(struct lzr_connection *connection) {
  lzr_outgoing_fini(&connection->outgoing);
  lzr_incoming_fini(&connection->incoming);
  lzr_waiting_fini(&connection->waiting);
  close_both(connection->in, connection->out);
  pthread_mutex_destroy(&connection->lock);
  pthread_mutex_destroy(&connection->reading);
  pthread_cond_destroy(&connection->callers_left);
  pthread_cond_destroy(&connection->something_to_do);
  pthread_cond_destroy(&connection->standby_wanted);
  sem_destroy(&connection->attendant.done);
  drop_given(connection);
  free(connection->attended);
  lzr_error_destroy(connection->reason);
  free(connection->peer);
  free(connection);
}

static void note_signals(struct lzr_connection *connection) {
  pthread_sigmask(SIG_SETMASK, NULL, &connection->served_signals);
  sigfillset(&connection->open_signals);
  for (int i = 1; i < NSIG; i++)
    if (sigismember(&connection->served_signals, i) == 1)
      sigdelset(&connection->open_signals, i);
}

static lzr_error *init(struct lzr_connection *connection,
                       const struct lzr_connection_options *options) {
  connection->options = *options;
  if (options->max_message == 0)
    connection->options.max_message = MAX_MESSAGE;
  connection->attendant.may_read = options->callers_read;
  note_signals(connection);
  lzr_connection_init_locks(connection);
  sem_init(&connection->attendant.done, 0, 0);
  lzr_outgoing_init(&connection->outgoing, connection->out, connection->peer);
  lzr_error *error =
      lzr_incoming_init(&connection->incoming, connection->in, connection->peer,
                        connection->options.max_message);
  if (!error && !lzr_waiting_init(&connection->waiting))
    error = lzr_out_of_memory();
  return error;
}

lzr_error *lzr_connection_create(int in, int out,
                                 const struct lzr_connection_options *options,
                                 lzr_connection **connection) {
  struct lzr_connection *made = calloc(1, sizeof *made);
  char *peer = strdup(options->peer ? options->peer : "the peer");
  lzr_error *error;

  *connection = NULL;
  if (!made || !peer) {
    close_both(in, out);
    free(made);
    free(peer);
    return lzr_out_of_memory();
  }
  made->in = in;
  made->out = out;
  made->peer = peer;
  error = init(made, options);
  if (error) {
    fini(made);
    return error;
  }
  *connection = made;
  return NULL;
}

/* ---- Starting ---- */

lzr_error *lzr_connection_start(lzr_connection *connection, const void *setup,
                                size_t size) {
  struct lzr_header header = {.size = LZR_HEADER_SIZE + (uint64_t)size,
                              .opcode = LZR_OPCODE_SETUP};
  lzr_error *error;
  sigset_t saved;

  lzr_signals_block(&saved);
  error = lzr_outgoing_send(&connection->outgoing, &header, setup, true);
  if (!error)
    error = lzr_connection_start_threads(connection);
  lzr_signals_restore(&saved);
  return error;
}

static lzr_error *no_setup(const struct lzr_connection *connection,
                           enum lzr_next next, int timeout) {
  if (next == LZR_NEXT_NOTHING)
    return lzr_error_create(LZR_ERROR_CLOSED,
                            "%s did not send its Setup message within %d ms",
                            connection->peer, timeout);
  return lzr_error_create(LZR_ERROR_CLOSED,
                          "%s closed the connection without a Setup message",
                          connection->peer);
}

static lzr_error *await_setup(struct lzr_connection *connection, int timeout,
                              struct lzr_message *message) {
  lzr_error *error;
  enum lzr_next next;

  connection->incoming.expects_setup = true;
  next = lzr_incoming_next(&connection->incoming, timeout, message, &error);
  connection->incoming.expects_setup = false;
  if (next == LZR_NEXT_MESSAGE)
    return NULL;
  return next == LZR_NEXT_ERROR ? error : no_setup(connection, next, timeout);
}

lzr_error *lzr_connection_meet(lzr_connection *connection, int timeout,
                               uint8_t **setup, size_t *size) {
  struct lzr_message message;
  lzr_error *error = await_setup(connection, timeout, &message);
  sigset_t saved;

  if (error) {
    lzr_connection_end(connection, lzr_error_copy(error));
    return error;
  }
  lzr_signals_block(&saved);
  error = lzr_connection_start_threads(connection);
  lzr_signals_restore(&saved);
  if (error) {
    free(message.block);
    return error;
  }
  *setup = message.payload;
  *size = message.size;
  return NULL;
}

/* ---- Ending ---- */

/* Without memory, nothing is sent. */
static void say_goodbye(struct lzr_connection *connection,
                        const lzr_error *reason) {
  struct lzr_writer writer = {0};
  struct lzr_header header = {.opcode = LZR_OPCODE_HANGUP};
  lzr_error *error;

  lzr_pack_error(&writer, lzr_error_copy(reason));
  header.size = LZR_HEADER_SIZE + (uint64_t)writer.size;
  error = writer.failed ? lzr_out_of_memory()
                        : lzr_outgoing_send(&connection->outgoing, &header,
                                            writer.bytes, false);
  atomic_store(&connection->kept_silent, error != NULL);
  lzr_error_destroy(error);
  lzr_writer_fini(&writer);
}

void lzr_connection_stop(struct lzr_connection *connection, lzr_error *reason,
                         bool says_goodbye) {
  bool had_ended;

  pthread_mutex_lock(&connection->lock);
  had_ended = connection->has_ended;
  connection->has_ended = true;
  if (!had_ended)
    connection->reason = reason;
  lzr_connection_wake_threads(connection);
  pthread_mutex_unlock(&connection->lock);
  if (had_ended) {
    lzr_error_destroy(reason);
    return;
  }
  if (says_goodbye)
    say_goodbye(connection, reason);
  lzr_connection_fail_all(connection);
  lzr_incoming_stop(&connection->incoming);
  pthread_mutex_lock(&connection->lock);
  connection->has_stopped = true;
  pthread_cond_broadcast(&connection->something_to_do);
  pthread_mutex_unlock(&connection->lock);
}

bool lzr_connection_finish(lzr_connection *connection, int timeout) {
  return lzr_outgoing_stop(&connection->outgoing, timeout) &&
         !atomic_load(&connection->kept_silent);
}

void lzr_connection_end(lzr_connection *connection, lzr_error *reason) {
  sigset_t saved;
  bool entered = lzr_connection_enter(connection, &saved);

  lzr_connection_stop(connection, reason, true);
  if (entered)
    lzr_signals_restore(&saved);
}

const lzr_error *lzr_connection_reason(lzr_connection *connection) {
  const lzr_error *reason;
  sigset_t saved;
  bool entered = lzr_connection_enter(connection, &saved);

  pthread_mutex_lock(&connection->lock);
  reason = connection->reason;
  pthread_mutex_unlock(&connection->lock);
  if (entered)
    lzr_signals_restore(&saved);
  return reason;
}

unsigned lzr_connection_count_threads(lzr_connection *connection) {
  unsigned count;
  sigset_t saved;
  bool entered = lzr_connection_enter(connection, &saved);

  pthread_mutex_lock(&connection->lock);
  count = connection->thread_count;
  pthread_mutex_unlock(&connection->lock);
  count += lzr_outgoing_has_thread(&connection->outgoing);
  if (entered)
    lzr_signals_restore(&saved);
  return count;
}

bool lzr_connection_has_ended(lzr_connection *connection) {
  bool has_ended;
  sigset_t saved;
  bool entered = lzr_connection_enter(connection, &saved);

  pthread_mutex_lock(&connection->lock);
  has_ended = connection->has_ended;
  pthread_mutex_unlock(&connection->lock);
  if (entered)
    lzr_signals_restore(&saved);
  return has_ended;
}

/* Threads that do not exist in this process may have held the locks. */
void lzr_connection_forget(lzr_connection *connection) {
  close_both(connection->in, connection->out);
  close(connection->incoming.stop);
  connection->in = connection->out = -1;
  pthread_mutex_init(&connection->lock, NULL);
  lzr_connection_recall(connection);
}

static void await_callers(struct lzr_connection *connection) {
  pthread_mutex_lock(&connection->lock);
  while (connection->callers > 0)
    pthread_cond_wait(&connection->callers_left, &connection->lock);
  pthread_mutex_unlock(&connection->lock);
}

void lzr_connection_destroy(lzr_connection *connection) {
  sigset_t saved;

  if (!connection)
    return;
  lzr_signals_block(&saved);
  lzr_connection_stop(connection, NULL, true);
  lzr_outgoing_stop(&connection->outgoing, LAST_WORDS);
  lzr_connection_join_threads(connection);
  await_callers(connection);
  lzr_signals_restore(&saved);
  fini(connection);
}
