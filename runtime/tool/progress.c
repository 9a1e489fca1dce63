/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "tpc/base/clock.h"

static const uint64_t patience = 500 * LZR_MILLISECOND,
                      interval = 100 * LZR_MILLISECOND;

static pthread_t thread;
static bool started, ending, shown; /* the last two under lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t end;

static void show(lzr_session *session) {
  struct lzr_session_statistics s = {.size = sizeof s};
  char line[80];
  lzr_session_get_statistics(session, &s);
  int length =
      snprintf(line, sizeof line,
               "\rlazyrun: %" PRIu64 " of %" PRIu64 " functions compiled\033[K",
               s.functions_compiled, s.functions_defined);
  shown = write(STDERR_FILENO, line, (size_t)length) == length;
}

static void *watch(void *session) {
  uint64_t wait = patience;
  pthread_mutex_lock(&lock);
  while (!ending) {
    struct timespec until = lzr_time_after(wait);
    if (pthread_cond_timedwait(&end, &lock, &until) != 0 && !ending)
      show(session);
    wait = interval;
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

/* Without a thread nothing is shown. */
void progress_begin(lzr_session *session) {
  sigset_t all, saved;
  if (!isatty(STDERR_FILENO))
    return;
  lzr_condition_init(&end);
  sigfillset(&all); /* the program's handlers do not run on that thread */
  pthread_sigmask(SIG_BLOCK, &all, &saved);
  started = pthread_create(&thread, NULL, watch, session) == 0;
  pthread_sigmask(SIG_SETMASK, &saved, NULL);
}

void progress_end(void) {
  if (!started)
    return;
  pthread_mutex_lock(&lock);
  ending = true;
  pthread_cond_signal(&end);
  pthread_mutex_unlock(&lock);
  pthread_join(thread, NULL);
  started = false;
  if (shown && write(STDERR_FILENO, "\r\033[K", 4) < 0)
    return; /* to a terminal that is gone */
}
