/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/moving.h"

#include <fcntl.h>

#include "tpc/base/thread.h"
#include "tpc/wire/inside.h"

void lzr_connection_descriptors(const lzr_connection *connection,
                                int numbers[LZR_CONNECTION_DESCRIPTORS]) {
  numbers[0] = connection->in;
  numbers[1] = connection->out;
  numbers[2] = connection->incoming.stop;
}

static void move_outgoing(struct lzr_connection *connection, int number,
                          int moved) {
  pthread_mutex_lock(&connection->outgoing.lock);
  if (connection->outgoing.out == number)
    connection->outgoing.out = connection->out = moved;
  pthread_mutex_unlock(&connection->outgoing.lock);
}

/* No thread reads during the move, and no thread waits by the old number
   afterwards. */
static void move_incoming(struct lzr_connection *connection, int number,
                          int moved) {
  pthread_mutex_lock(&connection->reading);
  lzr_incoming_move(&connection->incoming, number, moved);
  connection->in = connection->incoming.in;
  pthread_mutex_unlock(&connection->reading);
  if (lzr_connection_has_ended(connection))
    lzr_incoming_stop(&connection->incoming); /* which the move has undone */
}

bool lzr_connection_move(lzr_connection *connection, int number) {
  int moved = fcntl(number, F_DUPFD_CLOEXEC, number + 1);
  sigset_t saved;

  if (moved < 0)
    return false;
  lzr_signals_block(&saved);
  move_outgoing(connection, number, moved);
  move_incoming(connection, number, moved);
  lzr_signals_restore(&saved);
  return true;
}
