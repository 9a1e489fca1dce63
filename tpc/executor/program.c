#include "tpc/executor/program.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/executor/crash.h"
#include "tpc/executor/forked.h"
#include "tpc/executor/last_thread.h"
#include "tpc/executor/wrapper.h"

/* Guards what is below it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct lzr_call *next; /* for the main thread, or NULL */
static bool busy;             /* the main thread has a call */
static bool ending;
static int end_status;

static atomic_uint running; /* calls that are not quick */

static void free_main_thread(void) {
  pthread_mutex_lock(&lock);
  busy = false;
  pthread_mutex_unlock(&lock);
}

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
  result = wrapper((const char *)call->bytes, call->size);
  pthread_cleanup_pop(0);
  if (lzr_is_forked_child())
    exit(0);
  /* Before the answer: who has it may call again, or end the connection. */
  if (on_main)
    free_main_thread();
  atomic_fetch_sub(&running, 1);
  lzr_call_answer(call, lzr_wrapper_bytes(&result), result.size);
  lzr_wrapper_result_fini(&result);
}

/* False when the main thread is not free. */
static bool hand_over(struct lzr_call *call) {
  bool is_free;

  pthread_mutex_lock(&lock);
  is_free = !busy && !ending;
  if (is_free) {
    busy = true;
    next = call;
    pthread_cond_signal(&changed);
  }
  pthread_mutex_unlock(&lock);
  return is_free;
}

void lzr_program_serve(struct lzr_call *call, bool on_main) {
  atomic_fetch_add(&running, 1);
  if (!on_main || !hand_over(call))
    run(call, false);
}

bool lzr_program_is_running(void) {
  return atomic_load(&running) > 0;
}

int lzr_program_loop(void) {
  int status;

  pthread_mutex_lock(&lock);
  while (!ending) {
    struct lzr_call *call = next;

    if (!call) {
      pthread_cond_wait(&changed, &lock);
      continue;
    }
    next = NULL;
    pthread_mutex_unlock(&lock);
    run(call, true);
    pthread_mutex_lock(&lock);
  }
  status = end_status;
  pthread_mutex_unlock(&lock);
  return status;
}

void lzr_program_end(int status) {
  pthread_mutex_lock(&lock);
  ending = true;
  end_status = status;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
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
