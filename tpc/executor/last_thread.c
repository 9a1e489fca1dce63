/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/last_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tpc/base/thread.h"
#include "tpc/executor/crash.h"
#include "tpc/executor/executor.h"
#include "tpc/target/tasks.h"

/* How often to look, in milliseconds. The kernel reports the end of a thread
   only to the thread that joins it. */
enum { INTERVAL = 5 };

static atomic_uint lost; /* connection threads that the program ended */

void lzr_last_thread_lost_one(void) {
  atomic_fetch_add(&lost, 1);
}

static _Noreturn void give_up(const char *what) {
  lzr_executor_say("cannot tell whether a thread of the program is left: %s: "
                   "%s",
                   what, strerror(errno));
  _exit(1);
}

static bool main_thread_has_ended(int *status) {
  bool ended;

  if (!lzr_tasks_first_has_ended(&ended, status))
    give_up("/proc/self/task");
  return ended;
}

static unsigned count_threads(void) {
  int count = lzr_tasks_count();

  if (count < 0)
    give_up("/proc/self/task");
  return (unsigned)count;
}

/* Counts the executor's own threads first: a thread that is made meanwhile then
   counts as the program's, and the next look corrects that. */
static bool program_has_threads(void) {
  unsigned own = lzr_connection_count_threads(lzr_executor.connection) -
                 atomic_load(&lost) + 2; /* the main thread, and this one */

  return count_threads() > own;
}

static bool is_over(const atomic_uint *running, int *status) {
  return main_thread_has_ended(status) && !program_has_threads() &&
         atomic_load(running) <= 1;
}

/* Looks twice: a list that is read while threads start and end may miss one. */
static int await_last_thread(const atomic_uint *running) {
  struct timespec interval = {0, INTERVAL * 1000000L};
  int status = 0;

  for (int quiet = 0; quiet < 2;) {
    nanosleep(&interval, NULL);
    quiet = is_over(running, &status) ? quiet + 1 : 0;
  }
  return status;
}

/* ---- The thread that looks ---- */

/* The main thread holds this mutex as long as it lives; however the thread
   ends, the kernel passes the mutex on. */
static pthread_mutex_t life;
static atomic_bool left; /* the main thread has ended by pthread_exit() */
static sigset_t mask; /* the main thread's mask, which exit handlers expect */
static bool alive;    /* life has been made; the main thread's */
static atomic_bool watched; /* some thread starts, or has started, the one that
                               looks */

static void *watch(void *running) {
  lzr_own_thread = true;
  if (pthread_mutex_lock(&life) != EOWNERDEAD && !atomic_load(&left))
    return NULL;
  lzr_crash_prepare_thread();
  int status = await_last_thread(running);
  if (!atomic_load(&left))
    _exit(status);        /* no exit handler runs, as in a native program */
  lzr_own_thread = false; /* exit handlers belong to the program */
  lzr_signals_restore(&mask);
  exit(0);
}

/* 0, or why not. */
static int make_life(void) {
  pthread_mutexattr_t attributes;
  int failure = pthread_mutexattr_init(&attributes);

  if (failure == 0)
    failure = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (failure == 0)
    failure = pthread_mutex_init(&life, &attributes);
  if (failure == 0)
    failure = pthread_mutex_lock(&life);
  pthread_mutexattr_destroy(&attributes);
  return failure;
}

static int start_watch(atomic_uint *running) {
  pthread_t thread;
  int failure;

  lzr_signals_block(&mask);
  failure = pthread_create(&thread, NULL, watch, running);
  if (failure == 0)
    pthread_detach(thread);
  lzr_signals_restore(&mask);
  return failure;
}

/* Does nothing if another thread does it. Returns 0, or why not. */
static int start(atomic_uint *running) {
  int failure = 0;

  if (atomic_exchange(&watched, true))
    return 0;
  if (!alive)
    failure = make_life();
  alive = alive || failure == 0;
  if (failure == 0)
    failure = start_watch(running);
  if (failure != 0)
    atomic_store(&watched, false);
  return failure;
}

void lzr_last_thread_guard(atomic_uint *running) {
  start(running);
}

void lzr_last_thread_leave(atomic_uint *running) {
  atomic_store(&left, true);
  errno = start(running);
  if (errno != 0)
    give_up("a thread that looks");
  pthread_mutex_unlock(&life); /* an emulator may know no robust ones */
}

/* ---- Children of forks ---- */

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* of a first thread that was no main thread */
static bool key_made;

/* Such a thread ends by pthread_exit(), or by returning. */
static void leave(void *unused) {
  (void)unused;
  atomic_store(&left, true);
  pthread_mutex_unlock(&life);
}

static void make_key(void) {
  key_made = pthread_key_create(&key, leave) == 0;
}

void lzr_last_thread_go_on(bool was_other) {
  atomic_store(&watched, false);
  atomic_store(&left, false);
  atomic_store(&lost, 0);
  alive = make_life() == 0;
  if (!was_other)
    return;
  pthread_once(&key_once, make_key);
  if (key_made)
    pthread_setspecific(key, &life);
}

/* The first thread may leave meanwhile, and counts on this one. */
void lzr_last_thread_watch(atomic_uint *running) {
  errno = start(running);
  if (errno != 0 && atomic_load(&left))
    give_up("a thread that looks");
}
