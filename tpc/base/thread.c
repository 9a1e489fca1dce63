/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

_Thread_local bool lzr_own_thread;

void lzr_signals_block(sigset_t *saved) {
  static const int faults[] = {SIGSEGV, SIGBUS,  SIGFPE,
                               SIGILL,  SIGTRAP, SIGSYS};
  sigset_t blocked;

  sigfillset(&blocked);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    sigdelset(&blocked, faults[i]);
  pthread_sigmask(SIG_BLOCK, &blocked, saved);
}

void lzr_signals_restore(const sigset_t *saved) {
  pthread_sigmask(SIG_SETMASK, saved, NULL);
}

/* glibc cancels a thread whose cancellation is asynchronous by a signal.
   In 2.36 its handler ends the thread also when the thread has disabled
   cancellation after the signal was sent. A call that is a cancellation point
   does not return before such a signal has come. */
static void await_sent_cancellation(void) {
  int before = errno;
  ssize_t written = write(-1, NULL, 0);

  (void)written;
  errno = before;
}

void lzr_cancellation_hold(struct lzr_cancellation *held) {
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &held->type);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &held->state);
  if (held->type == PTHREAD_CANCEL_ASYNCHRONOUS)
    await_sent_cancellation();
}

void lzr_cancellation_release(const struct lzr_cancellation *held) {
  int unused;

  pthread_setcancelstate(held->state, &unused);
  pthread_setcanceltype(held->type, &unused);
}
