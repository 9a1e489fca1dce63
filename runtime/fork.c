/*
 * A program may fork, and its child may be the one to make a first call. Around
 * a fork nothing is being compiled and no lock of any session is held, so the
 * child finds everything whole; it starts compile threads of its own when it
 * needs them.
 *
 * indirection/ and tpc/ watch forks for their own locks; they registered before
 * a session did, so they prepare after it, when nobody uses them any more.
 */
#include <signal.h>

#include "runtime/session.h"

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static lzr_session *sessions; /* under sessions_lock */
static sigset_t signals;      /* the forking thread's; under sessions_lock */

/* Signals stay blocked until after the fork: a handler that made a first call
   would wait for paused compile threads. */
static void prepare(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&sessions_lock);
  signals = before;
  for (lzr_session *s = sessions; s; s = s->next) {
    lzr_workers_pause(&s->workers);
    pthread_mutex_lock(&s->lock);
  }
}

static void release_all(void) {
  sigset_t before = signals;
  pthread_mutex_unlock(&sessions_lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void parent(void) {
  for (lzr_session *s = sessions; s; s = s->next) {
    pthread_mutex_unlock(&s->lock);
    lzr_workers_resume(&s->workers);
  }
  release_all();
}

static void child(void) {
  for (lzr_session *s = sessions; s; s = s->next) {
    pthread_mutex_unlock(&s->lock);
    lzr_workers_restart(&s->workers);
  }
  release_all();
}

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static int register_result;

static void register_handlers(void) {
  register_result = pthread_atfork(prepare, parent, child);
}

lzr_error *lzr_session_watch_forks(lzr_session *session) {
  pthread_once(&registered, register_handlers);
  if (register_result != 0)
    return lzr_out_of_memory();
  pthread_mutex_lock(&sessions_lock);
  session->next = sessions;
  sessions = session;
  pthread_mutex_unlock(&sessions_lock);
  return NULL;
}

void lzr_session_forget_forks(lzr_session *session) {
  pthread_mutex_lock(&sessions_lock);
  for (lzr_session **s = &sessions; *s; s = &(*s)->next)
    if (*s == session) {
      *s = session->next;
      break;
    }
  pthread_mutex_unlock(&sessions_lock);
}
