/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/heartbeat.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "tpc/base/thread.h"
#include "tpc/remote/remote.h"

/* Returns false when the connection has ended. */
static bool wait_for(const struct lzr_remote *remote, int milliseconds) {
  struct pollfd stop = {.fd = remote->stop, .events = POLLIN};

  return poll(&stop, 1, milliseconds) == 0;
}

static void give_up(struct lzr_remote *remote) {
  lzr_connection_end(remote->connection,
                     lzr_error_create(LZR_ERROR_TARGET,
                                      "the executor has not answered for %g s",
                                      remote->heartbeat.timeout / 1000.0));
}

static void *beat(void *data) {
  struct lzr_remote *remote = data;
  struct lzr_heartbeat *heartbeat = &remote->heartbeat;
  int half = heartbeat->timeout / 2 + 1;

  for (;;) {
    lzr_error *error;

    atomic_store(&heartbeat->answered, false);
    error = heartbeat->ask(remote);
    if (error) { /* it has ended, or is about to */
      lzr_error_destroy(error);
      return NULL;
    }
    if (!wait_for(remote, half))
      return NULL;
    if (atomic_load(&heartbeat->answered))
      continue;
    if (!wait_for(remote, half))
      return NULL;
    if (!atomic_load(&heartbeat->answered))
      give_up(remote);
  }
}

lzr_error *lzr_heartbeat_start(struct lzr_remote *remote, int timeout,
                               lzr_error *(*ask)(struct lzr_remote *remote)) {
  struct lzr_heartbeat *heartbeat = &remote->heartbeat;
  sigset_t before;
  int failure;

  heartbeat->timeout = timeout;
  heartbeat->ask = ask;
  lzr_signals_block(&before);
  failure = pthread_create(&heartbeat->thread, NULL, beat, remote);
  lzr_signals_restore(&before);
  heartbeat->started = failure == 0;
  return failure == 0 ? NULL
                      : lzr_error_create(LZR_ERROR_LIMIT,
                                         "no thread to see whether the "
                                         "executor answers: %s",
                                         strerror(failure));
}

void lzr_heartbeat_join(struct lzr_remote *remote) {
  if (remote->heartbeat.started)
    pthread_join(remote->heartbeat.thread, NULL);
}
