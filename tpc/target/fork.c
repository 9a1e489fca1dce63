#include "tpc/target/fork.h"

#include <pthread.h>
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

/* The handlers run on the forking thread: first with lock taken in the one
   process, then with it held in both. */
static void after_fork_in_parent(void) {
  fork_count++;
  lzr_target_unlock();
}

static void after_fork_in_child(void) {
  fork_birth = ++fork_count;
  lzr_target_unlock();
}

static void watch(void) {
  watch_failure = pthread_atfork(lzr_target_lock, after_fork_in_parent,
                                 after_fork_in_child);
}

lzr_error *lzr_fork_watch(void) {
  pthread_once(&watch_once, watch);
  if (watch_failure)
    return lzr_error_create(LZR_ERROR_MEMORY, "cannot watch forks: %s",
                            strerror(watch_failure));
  return NULL;
}
