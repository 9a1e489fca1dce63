#include "tpc/executor/program.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/executor/crash.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/forked.h"
#include "tpc/executor/last_thread.h"
#include "tpc/executor/wrapper.h"

/* No lock: signals are open here, and what reads must not wait for a handler.
 */
static atomic_bool busy;    /* the main thread has a call */
static atomic_uint running; /* calls that are not quick */

static int program_errno; /* the main thread's, as the program left it */

static int end_status;
static atomic_bool ending;

/* A call whose thread the program ends (pthread_exit) does not come back. With
   the main thread gone the process lasts as long as the program's other
   threads do, and the call is not answered: how that ends is what the
   controller hears. With a thread of the connection gone nothing has ended. */
struct way {
  struct lzr_call *call;
  bool on_main;
};

static void thread_ends(void *data) {
  const struct way *way = data;

  if (lzr_is_forked_child())
    return;
  if (way->on_main) {
    lzr_last_thread_watch(&running);
    return;
  }
  lzr_last_thread_lost_one();
  atomic_fetch_sub(&running, 1);
  lzr_call_answer(way->call, NULL, 0);
}

/* A child that the program forked comes back from the call with everybody's
   memory and nobody to answer: it ends as if its main had returned. */
static void run(struct lzr_call *call, bool on_main) {
  lzr_wrapper wrapper = (lzr_wrapper)(uintptr_t)call->tag;
  struct way way = {call, on_main};
  struct lzr_wrapper_result result;

  lzr_crash_prepare_thread();
  pthread_cleanup_push(thread_ends, &way);
  errno = on_main ? program_errno : 0;
  result = wrapper((const char *)call->bytes, call->size);
  if (on_main)
    program_errno = errno;
  pthread_cleanup_pop(0);
  if (lzr_is_forked_child())
    exit(0);
  /* Before the answer: who has it may call again, or end the connection. */
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
  run(call, false);
}

bool lzr_program_is_running(void) {
  return atomic_load(&running) > 0;
}

int lzr_program_loop(void) {
  while (!atomic_load(&ending)) {
    struct lzr_call *call = lzr_connection_attend(lzr_executor.connection);

    if (lzr_is_forked_child())
      exit(0); /* a handler has forked it */
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

/* What libc says about the program, in assert and error, begins with its name.
 */
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
