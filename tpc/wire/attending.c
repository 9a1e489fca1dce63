/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The attending thread serves the calls that are for it alone. It waits for the
   next one as a caller waits for an answer (threads.c). */
#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"

void lzr_connection_attend_to(struct lzr_connection *connection,
                              struct lzr_call *call) {
  struct lzr_pending *attendant = &connection->attendant;

  pthread_mutex_lock(&connection->lock);
  connection->attended = call;
  attendant->has_answer = true;
  pthread_mutex_unlock(&connection->lock);
  sem_post(&attendant->done);
}

static struct lzr_call *take_attended(struct lzr_connection *connection) {
  struct lzr_call *call;

  pthread_mutex_lock(&connection->lock);
  call = connection->attended;
  connection->attended = NULL;
  connection->attendant.has_answer = false;
  pthread_mutex_unlock(&connection->lock);
  return call;
}

struct lzr_call *lzr_connection_attend(lzr_connection *connection) {
  struct lzr_pending *attendant = &connection->attendant;
  struct lzr_call *call;
  sigset_t saved;

  lzr_signals_block(&saved);
  if (!lzr_connection_is_done(connection, attendant))
    lzr_connection_await(connection, attendant, &saved);
  call = take_attended(connection);
  lzr_signals_restore(&saved);
  return call;
}

void lzr_connection_recall(lzr_connection *connection) {
  sem_post(&connection->attendant.done);
}
