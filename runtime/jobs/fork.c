/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * indirection/ and tpc/ watch forks for their own locks. They registered before
 * any session did, so their handlers prepare after the session's, when nobody
 * uses those locks any more.
 */
#include "runtime/jobs/fork.h"
#include "tpc/base/memory.h"

#include <signal.h>

static pthread_mutex_t watches_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lzr_fork_watch *watches; /* under watches_lock */
static sigset_t signals; /* the forking thread's; under watches_lock */

static void lock_all(const struct lzr_fork_watch *watch) {
  for (size_t i = 0; i < LZR_FORK_LOCKS && watch->locks[i]; i++)
    pthread_mutex_lock(watch->locks[i]);
}

static void unlock_all(const struct lzr_fork_watch *watch) {
  for (size_t i = 0; i < LZR_FORK_LOCKS && watch->locks[i]; i++)
    pthread_mutex_unlock(watch->locks[i]);
}

/* Signals stay blocked until after the fork: a handler that made a first call
   would wait for paused compile threads. */
static void prepare(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&watches_lock);
  signals = before;
  for (struct lzr_fork_watch *i = watches; i; i = i->next)
    lzr_workers_pause(i->workers); /* whose jobs may await messages */
  for (struct lzr_fork_watch *i = watches; i; i = i->next)
    lock_all(i);
}

static void release_all(void) {
  sigset_t before = signals;
  pthread_mutex_unlock(&watches_lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void parent(void) {
  for (struct lzr_fork_watch *i = watches; i; i = i->next) {
    unlock_all(i);
    lzr_workers_resume(i->workers);
  }
  release_all();
}

static void child(void) {
  for (struct lzr_fork_watch *i = watches; i; i = i->next) {
    unlock_all(i);
    lzr_workers_restart(i->workers);
  }
  release_all();
}

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static int register_result;

static void register_handlers(void) {
  register_result = pthread_atfork(prepare, parent, child);
}

lzr_error *lzr_fork_watch_add(struct lzr_fork_watch *watch) {
  pthread_once(&registered, register_handlers);
  if (register_result != 0)
    return lzr_out_of_memory();
  pthread_mutex_lock(&watches_lock);
  watch->next = watches;
  watches = watch;
  pthread_mutex_unlock(&watches_lock);
  return NULL;
}

void lzr_fork_watch_remove(struct lzr_fork_watch *watch) {
  pthread_mutex_lock(&watches_lock);
  for (struct lzr_fork_watch **i = &watches; *i; i = &(*i)->next)
    if (*i == watch) {
      *i = watch->next;
      break;
    }
  pthread_mutex_unlock(&watches_lock);
}
