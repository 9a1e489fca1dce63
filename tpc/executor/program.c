/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/program.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/thread.h"
#include "tpc/executor/crash.h"
#include "tpc/executor/dormant.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"
#include "tpc/executor/last_thread.h"
#include "tpc/executor/wrapper.h"

/* These need no lock: signals are not blocked here, and the thread that reads
   must not wait for a signal handler. */
static atomic_bool busy;    /* the main thread has a call */
static atomic_uint running; /* calls under way that are not quick */

/* Whether the calling thread is the main thread, or one of the connection's
   that serves a call. */
static _Thread_local bool is_main, is_serving;

static int program_errno; /* the main thread's errno, as the program left it */

static int end_status;
static atomic_bool ending;

/* A call whose thread the program ends (pthread_exit) does not return. If that
   is the main thread, the process lasts as long as the program's other threads;
   the call is not answered, and the controller learns how the process ends. If
   it is a thread of the connection, nothing else ends. */
struct way {
  struct lzr_call *call;
  bool on_main;
};

static void thread_ends(void *data) {
  const struct way *way = data;

  if (lzr_is_forked_child())
    return;
  if (way->on_main) {
    lzr_last_thread_leave(&running);
    return;
  }
  lzr_last_thread_lost_one();
  atomic_fetch_sub(&running, 1);
  lzr_call_answer(way->call, NULL, 0);
}

/* A child that the program forked returns from the call with the parent's
   memory. It answers to its own controller; without one it ends as if its main
   had returned. AddressSanitizer would take the stack that pthread_exit() has
   unwound for one that is in use. */
__attribute__((no_sanitize_address)) static void run(struct lzr_call *call,
                                                     bool on_main) {
  lzr_wrapper wrapper = (lzr_wrapper)(uintptr_t)call->tag;
  struct way way = {call, on_main};
  struct lzr_wrapper_result result;
  sigset_t own;

  lzr_crash_prepare_thread();
  if (on_main)
    lzr_last_thread_guard(&running);
  pthread_cleanup_push(thread_ends, &way);
  errno = on_main ? program_errno : 0;
  result = wrapper((const char *)call->bytes, call->size);
  if (on_main)
    program_errno = errno;
  pthread_cleanup_pop(0);
  /* A handler must not fork a child behind the check: it would become a thread
     of the connection, and wait for ever. The connection lets signals through
     again for the next call. The main thread checks once more (below). */
  if (!on_main)
    lzr_signals_block(&own);
  if (lzr_is_forked_child()) {
    if (!on_main)
      lzr_signals_restore(&own);
    exit(0);
  }
  if (!lzr_dormant_wake())
    exit(1);
  /* Do this before the answer: the peer that has it may call again, or end the
     connection. */
  if (on_main)
    atomic_store(&busy, false);
  atomic_fetch_sub(&running, 1);
  lzr_call_answer(call, lzr_wrapper_bytes(&result), result.size);
  lzr_wrapper_result_fini(&result);
}

bool lzr_program_claim_main(void) {
  if (atomic_load(&ending) || atomic_exchange(&busy, true))
    return false;
  atomic_fetch_add(&running, 1);
  return true;
}

void lzr_program_serve(struct lzr_call *call) {
  atomic_fetch_add(&running, 1);
  is_serving = true;
  run(call, false);
  is_serving = false;
}

bool lzr_program_runs_here(void) {
  return !is_serving;
}

void lzr_program_go_on(void) {
  if (!is_main)
    atomic_store(&busy, true); /* there is no main thread */
  atomic_store(&running, atomic_load(&busy) ? 1 : 0);
  lzr_last_thread_go_on(!is_main);
}

void lzr_program_watch_end(void) {
  lzr_last_thread_watch(&running);
}

bool lzr_program_is_running(void) {
  return atomic_load(&running) > 0;
}

int lzr_program_loop(void) {
  is_main = true;
  while (!atomic_load(&ending)) {
    struct lzr_call *call = lzr_connection_attend(lzr_executor.connection);

    if (lzr_is_forked_child())
      exit(0); /* a signal handler has forked this child */
    if (call)
      run(call, true);
  }
  return end_status;
}

void lzr_program_end(int status) {
  end_status = status;
  atomic_store(&ending, true);
  lzr_connection_recall(lzr_executor.connection);
}

/* libc's messages about the program, from assert and error, begin with its
   name. */
static void set_name(char *name) {
  char *slash = strrchr(name, '/');

  program_invocation_name = name;
  program_invocation_short_name = slash ? slash + 1 : name;
}

int lzr_program_call_main(lzr_addr function, int argc, struct lzr_argv *argv) {
  int status;

  if (argc > 0)
    set_name(argv->items[0]);
  status = lzr_call_main(function, argc, argv);

  if (lzr_is_forked_child())
    exit(status);
  return status;
}
