/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/relay_failure.h"

#include <signal.h>

#include "tpc/executor/executor.h"

void lzr_relay_keep_reason(struct lzr_relay *relay, lzr_error *reason) {
  pthread_mutex_lock(&relay->lock);
  if (relay->reason)
    lzr_error_destroy(reason);
  else
    relay->reason = reason;
  pthread_mutex_unlock(&relay->lock);
}

void lzr_relay_kill_child(struct lzr_relay *relay) {
  pthread_mutex_lock(&relay->lock);
  if (!relay->has_ended)
    kill(relay->pid, SIGKILL);
  pthread_mutex_unlock(&relay->lock);
}

bool lzr_relay_check(struct lzr_relay *relay, lzr_error *error) {
  if (!error)
    return true;
  if (lzr_error_get_kind(error) == LZR_ERROR_CLOSED) {
    lzr_error_destroy(error);
    return false;
  }
  lzr_executor_say_error(error);
  lzr_relay_keep_reason(relay, error);
  atomic_store(&relay->gave_up, true);
  lzr_relay_kill_child(relay);
  return false;
}
