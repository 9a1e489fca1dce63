/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/first_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/session/session.h"
#include "tpc/base/thread.h"

/* The first thread has it for as long as it lives: however it ends, the kernel
   hands it on. */
static pthread_mutex_t life;
static atomic_bool left;
static bool held;     /* the first thread's */
static sigset_t mask; /* the first thread's, for handlers that run at exit */

/* The status is that of the thread which ends last. Handlers of exit() do not
   run, natively neither. */
static void outlive_others(void) {
  enum { FIRST_AND_THIS = 2 };
  _exit(lzr_tpc_await_threads(FIRST_AND_THIS));
}

/* It may be the last one, and end the process as libc sees to it. */
static void *await_end(void *data) {
  struct lzr_session *session = data;
  if (pthread_mutex_lock(&life) == EOWNERDEAD) {
    lzr_workers_let_go(&session->builder.workers, true);
    if (!atomic_load(&left))
      outlive_others();
  } else {
    pthread_mutex_unlock(&life);
  }
  lzr_signals_restore(&mask);
  return NULL;
}

static bool make_life(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  bool made =
      pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0 &&
      pthread_mutex_init(&life, &attributes) == 0;
  pthread_mutexattr_destroy(&attributes);
  return made;
}

/* Without it, a first thread that ends by pthread_exit() is noticed all the
   same (run.c). */
void lzr_first_thread_begin(struct lzr_session *session) {
  pthread_t thread;
  if (held || !make_life())
    return;
  pthread_mutex_lock(&life);
  lzr_signals_block(&mask);
  held = pthread_create(&thread, NULL, await_end, session) == 0;
  lzr_signals_restore(&mask);
  if (held)
    pthread_detach(thread);
  else
    pthread_mutex_unlock(&life);
}

void lzr_first_thread_end(void) {
  if (held)
    pthread_mutex_unlock(&life);
  held = false;
}

/* An emulator may know nothing of robust mutexes. */
void lzr_first_thread_leave(void) {
  atomic_store(&left, true);
  lzr_first_thread_end();
}
