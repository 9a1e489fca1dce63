/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/dormant.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tpc/base/thread.h"
#include "tpc/executor/executor.h"
#include "tpc/wire/renewal.h"

static atomic_int channel = -1;
static atomic_uint generation;
static atomic_bool dormant;
static void (*tell_woken)(void);

static pthread_mutex_t forking = PTHREAD_MUTEX_INITIALIZER;

void lzr_dormant_init(int number, void (*woken)(void)) {
  atomic_store(&channel, number);
  tell_woken = woken;
}

void lzr_dormant_lock(void) {
  pthread_mutex_lock(&forking);
}

void lzr_dormant_unlock(void) {
  pthread_mutex_unlock(&forking);
}

void lzr_dormant_begin(int number) {
  close(atomic_load(&channel));
  atomic_store(&channel, number);
  atomic_fetch_add(&generation, 1);
  atomic_store(&dormant, true);
}

unsigned lzr_dormant_generation(void) {
  return atomic_load(&generation);
}

/* ---- The channel ---- */

int lzr_dormant_channel(void) {
  return atomic_load(&channel);
}

bool lzr_dormant_move_channel(void) {
  int number = atomic_load(&channel);
  int moved = fcntl(number, F_DUPFD_CLOEXEC, number + 1);

  if (moved < 0)
    return false;
  atomic_store(&channel, moved);
  return true;
}

/* ---- Waking ---- */

static bool wake(void) {
  lzr_error *error = lzr_connection_resume(lzr_executor.connection);

  if (error) {
    error = lzr_error_wrap(
        error, "process %ld, a fork of the program, cannot reach the compiler",
        (long)getpid());
    lzr_executor_say_error(error);
    lzr_error_destroy(error);
    return false;
  }
  tell_woken();
  return true;
}

/* Shares the lock of forks, because a process that forks is not woken
   meanwhile, and the thread that forks is awake. */
bool lzr_dormant_wake(void) {
  bool was_own = lzr_own_thread, awake = true;
  sigset_t saved;

  if (!atomic_load(&dormant))
    return true;
  lzr_signals_block(&saved);
  lzr_dormant_lock();
  lzr_own_thread = true;
  if (atomic_load(&dormant)) {
    awake = wake();
    atomic_store(&dormant, !awake);
  }
  lzr_own_thread = was_own;
  lzr_dormant_unlock();
  lzr_signals_restore(&saved);
  return awake;
}
