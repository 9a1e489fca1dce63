/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * While one thread waits for the target to make a block of stubs, no other
 * thread waits for it: stubs and call-throughs are made and freed, and a forked
 * child makes some too. A plain program, to be run under ThreadSanitizer too.
 * Ends with 0 when nobody waited and every call arrived.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "indirection/indirection.h"
#include "tests/failing_tpc.h"

enum {
  WANTED = 1000, /* by the waiting thread: more than are there */
  EACH = 100,    /* by another thread, in each pause: more than are there too */
  PATIENCE = 20  /* seconds */
};

struct function {
  struct lzr_lazy_stub lazy;
  int expected;
};

static lzr_tpc *tpc;
static lzr_indirection *indirection;
static struct function wanted[WANTED];

static _Thread_local bool pauses; /* in each operation of the target */
static sem_t paused, go_on;
static atomic_bool done;

static void must(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "race_waiting: %s\n", lzr_error_message(error));
  _exit(1);
}

static void fail(const char *what) {
  fprintf(stderr, "race_waiting: %s\n", what);
  _exit(1);
}

static void wait_for(sem_t *semaphore) {
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += PATIENCE;
  while (sem_timedwait(semaphore, &end) != 0)
    if (errno != EINTR)
      fail("a thread waits while another one's block is made");
}

static void pause_operation(const char *operation) {
  if (!pauses ||
      (strcmp(operation, "reserve") != 0 && strcmp(operation, "commit") != 0))
    return;
  sem_post(&paused);
  wait_for(&go_on);
}

static int even(void) {
  return 2;
}

static int odd(void) {
  return 1;
}

static lzr_addr land(void *data) {
  struct function *function = data;
  lzr_addr body = (lzr_addr)(uintptr_t)(function->expected == 1 ? odd : even);
  must(lzr_lazy_stub_bind(indirection, &function->lazy, body));
  return body;
}

static void make(struct function *functions, int count) {
  void *data[WANTED];
  struct lzr_lazy_stub lazy[WANTED];
  for (int i = 0; i < count; i++)
    data[i] = &functions[i];
  must(lzr_lazy_stubs_create(indirection, land, data, (size_t)count, lazy));
  for (int i = 0; i < count; i++)
    functions[i] = (struct function){lazy[i], 1 + i % 2};
}

static void call(const struct function *functions, int count) {
  for (int i = 0; i < count; i++)
    if (((int (*)(void))(uintptr_t)functions[i].lazy.stub.address)() !=
        functions[i].expected)
      fail("a call went to another function");
}

static void give(const struct function *functions, int count) {
  for (int i = 0; i < count; i++)
    lzr_lazy_stubs_free(indirection, &functions[i].lazy, 1);
}

static void *make_wanted(void *data) {
  (void)data;
  pauses = true;
  make(wanted, WANTED);
  atomic_store(&done, true);
  sem_post(&paused);
  return NULL;
}

static void make_plain_stubs(void) {
  static lzr_addr targets[EACH];
  struct lzr_stub stubs[EACH];
  must(lzr_stubs_create(indirection, targets, EACH, stubs));
  lzr_stubs_free(indirection, stubs, EACH);
}

static void make_call_throughs(void) {
  struct lzr_call_through call_throughs[EACH];
  for (int i = 0; i < EACH; i++)
    must(lzr_call_through_create(indirection, land, NULL, &call_throughs[i]));
  for (int i = 0; i < EACH; i++)
    lzr_call_through_free(indirection, &call_throughs[i]);
}

/* Everything that takes the indirection's lock. The stubs that are still there
   at the end are more in each pause, so that blocks are made. */
static void use_all(struct function *kept) {
  struct function freed[EACH];
  make(kept, EACH);
  make(freed, EACH);
  call(freed, EACH);
  give(freed, EACH);
  make_plain_stubs();
  make_call_throughs();
}

/* The child has not got the waiting thread. */
static void fork_in_pause(void) {
  static struct function own[EACH];
  int status;
  pid_t child = fork();
  if (child == 0) {
    use_all(own);
    call(own, EACH);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    fail("a forked child could not make stubs");
}

int main(void) {
  static struct function kept[16][EACH];
  int pause_count = 0;
  pthread_t thread;
  lzr_tpc *self = NULL;
  sem_init(&paused, 0, 0);
  sem_init(&go_on, 0, 0);
  must(lzr_tpc_create_self(&self));
  must(lzr_failing_tpc_create(self, &tpc));
  lzr_failing_tpc_watch(tpc, pause_operation);
  must(lzr_indirection_create(tpc, &indirection));
  if (pthread_create(&thread, NULL, make_wanted, NULL) != 0)
    fail("no thread");
  for (wait_for(&paused); !atomic_load(&done); wait_for(&paused)) {
    use_all(kept[pause_count++]);
    fork_in_pause();
    sem_post(&go_on);
  }
  pthread_join(thread, NULL);
  call(wanted, WANTED);
  for (int i = 0; i < pause_count; i++)
    call(kept[i], EACH);
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
  if (pause_count != 4) /* two for the trampolines, two for the stubs */
    fail("blocks are made in another way than this test knows");
  return 0;
}
