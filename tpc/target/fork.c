/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/fork.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

/* Guards all state of the files in this folder. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t fork_count; /* under lock */
static uint64_t fork_birth; /* under lock */

static pthread_once_t watch_once = PTHREAD_ONCE_INIT;
static int watch_failure; /* written once, read after pthread_once */

void lzr_target_lock(void) {
  pthread_mutex_lock(&lock);
}

void lzr_target_unlock(void) {
  pthread_mutex_unlock(&lock);
}

uint64_t lzr_fork_count(void) {
  return fork_count;
}

uint64_t lzr_fork_birth(void) {
  return fork_birth;
}

bool lzr_target_try_lock(void) {
  struct timespec time;

  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec++;
  return pthread_mutex_timedlock(&lock, &time) == 0;
}

/* The forking thread's signal mask before the fork; under lock. */
static sigset_t signals;

/* These handlers run on the forking thread: the first takes lock in the parent,
   the others release it in parent and child. Between them libc takes its own
   locks, beginning with malloc's. No signal handler runs meanwhile, because it
   might make a first call, which needs lock and, on another thread, malloc. */
static void before_fork(void) {
  sigset_t all, before;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  lzr_target_lock();
  signals = before;
}

static void after_fork(void) {
  sigset_t before = signals;

  lzr_target_unlock();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void after_fork_in_parent(void) {
  fork_count++;
  after_fork();
}

static void after_fork_in_child(void) {
  fork_birth = ++fork_count;
  after_fork();
}

static void watch(void) {
  watch_failure =
      pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

lzr_error *lzr_fork_watch(void) {
  pthread_once(&watch_once, watch);
  if (watch_failure)
    return lzr_error_create(LZR_ERROR_MEMORY, "cannot watch forks: %s",
                            strerror(watch_failure));
  return NULL;
}
