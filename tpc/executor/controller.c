/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/controller.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tpc/base/thread.h"
#include "tpc/executor/dormant.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"

/* A signal handler may fork during the call. Its child calls again: the answer
   goes to the parent. */
static lzr_error *call(uint64_t tag, const void *bytes, size_t size,
                       uint8_t **answer, size_t *answer_size) {
  lzr_error *error = NULL;
  unsigned generation;

  do {
    lzr_error_destroy(error);
    if (lzr_is_forked_child())
      lzr_forked_refuse();
    if (!lzr_dormant_wake())
      _exit(1);
    generation = lzr_dormant_generation();
    error = lzr_connection_call(lzr_executor.connection, tag, bytes, size,
                                answer, answer_size);
  } while (error && generation != lzr_dormant_generation());
  return error;
}

/* Signal handlers run meanwhile, as they would in any other call that waits. A
   thread that is cancelled continues until it has its answer, because the
   connection's locks do not know of cancellation. */
lzr_error *lzr_controller_call(uint64_t tag, const void *bytes, size_t size,
                               uint8_t **answer, size_t *answer_size) {
  struct lzr_cancellation held;
  int errno_before = errno;
  lzr_error *error;

  lzr_cancellation_hold(&held);
  error = call(tag, bytes, size, answer, answer_size);
  lzr_cancellation_release(&held);
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
  error = lzr_error_wrap(error, "%s failed", what);
  lzr_executor_say_error(error);
  lzr_error_destroy(error);
  exit(1);
}
