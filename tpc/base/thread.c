/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/thread.h"

#include <pthread.h>
#include <stddef.h>

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
