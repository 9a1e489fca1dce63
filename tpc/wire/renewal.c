/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/renewal.h"

#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"

/* The order in which the thread that reads takes them. */
void lzr_connection_hold(lzr_connection *connection) {
  pthread_mutex_lock(&connection->reading);
  pthread_mutex_lock(&connection->lock);
  pthread_mutex_lock(&connection->outgoing.lock);
}

void lzr_connection_let_go(lzr_connection *connection) {
  pthread_mutex_unlock(&connection->outgoing.lock);
  pthread_mutex_unlock(&connection->lock);
  pthread_mutex_unlock(&connection->reading);
}

static void close_stream(const struct lzr_connection *connection) {
  const int open[] = {connection->in, connection->incoming.stop,
                      connection->out == connection->in ? -1 : connection->out};

  for (size_t i = 0; i < sizeof open / sizeof *open; i++)
    if (open[i] >= 0)
      close(open[i]);
}

/* What waits for a thread was read by the parent's threads, for them. */
static void forget_threads(struct lzr_connection *connection) {
  connection->thread_count = connection->idle = 0;
  connection->watcher = NULL;
  connection->watch_now = connection->left_bytes = false;
  connection->has_standby = connection->standby_coming = false;
  connection->first_given = connection->last_given = NULL;
  connection->given_count = connection->callers = 0;
}

void lzr_connection_renew(lzr_connection *connection, int in, int out) {
  close_stream(connection);
  connection->in = in;
  connection->out = out;
  lzr_connection_init_locks(connection);
  lzr_incoming_renew(&connection->incoming, in);
  lzr_outgoing_renew(&connection->outgoing, out);
  forget_threads(connection);
  connection->has_ended = connection->has_stopped = connection->has_told =
      false;
  connection->reason = NULL;
  lzr_connection_fail_all(connection);
}

lzr_error *lzr_connection_expect(lzr_connection *connection, uint64_t sequence,
                                 lzr_answered answered, void *data) {
  struct lzr_pending *waiter =
      lzr_waiting_add_at(&connection->waiting, sequence);

  if (!waiter)
    return lzr_out_of_memory();
  waiter->is_post = true;
  waiter->answered = answered;
  waiter->data = data;
  return NULL;
}

lzr_error *lzr_connection_resume(lzr_connection *connection) {
  lzr_error *error = lzr_incoming_resume(&connection->incoming);
  sigset_t saved;

  if (error)
    return error;
  lzr_signals_block(&saved);
  error = lzr_connection_start_threads(connection);
  lzr_signals_restore(&saved);
  return error;
}
