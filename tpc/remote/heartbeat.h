/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Checks whether the executor still answers, for a controller that does not
 * want to wait for ever for one that was stopped, or whose machine is gone.
 */
#ifndef LZR_REMOTE_HEARTBEAT_H
#define LZR_REMOTE_HEARTBEAT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tpc/base/error.h"

struct lzr_remote;

struct lzr_heartbeat {
  pthread_t thread;
  bool started;
  int timeout; /* milliseconds */
  lzr_error *(*ask)(struct lzr_remote *remote);
  atomic_bool answered;
};

/* From now on calls ask twice in timeout milliseconds. ask posts a call of a
   quick service, which sets answered when its answer arrives. When no answer
   arrives in that time, the connection ends, with that reason. */
lzr_error *lzr_heartbeat_start(struct lzr_remote *remote, int timeout,
                               lzr_error *(*ask)(struct lzr_remote *remote));

/* Call it when the connection has ended or is about to end. */
void lzr_heartbeat_join(struct lzr_remote *remote);

#endif
