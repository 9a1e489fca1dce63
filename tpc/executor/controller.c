#include "tpc/executor/controller.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"

/* Handlers of signals run meanwhile, as they would in any other call that
   waits; a thread that is cancelled goes on until it has its answer, because
   the connection's locks know nothing of it. */
lzr_error *lzr_controller_call(uint64_t tag, const void *bytes, size_t size,
                               uint8_t **answer, size_t *answer_size) {
  int errno_before = errno, cancel_state, unused;
  lzr_error *error;

  if (lzr_is_forked_child())
    lzr_forked_refuse();
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
  error = lzr_connection_call(lzr_executor.connection, tag, bytes, size, answer,
                              answer_size);
  pthread_setcancelstate(cancel_state, &unused);
  errno = errno_before;
  return error;
}

static _Noreturn void wait_for_the_end(void) {
  sigset_t all;

  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (;;)
    pause();
}

void lzr_controller_fail(lzr_error *error, const char *what) {
  if (lzr_error_get_kind(error) == LZR_ERROR_CLOSED)
    wait_for_the_end();
  lzr_executor_say("%s failed: %s", what, lzr_error_message(error));
  exit(1);
}
