/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A connection whose process is given no more threads. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "tests/wire_support.h"
#include "tpc/base/thread.h"

TestSuite(wire_threads, .timeout = 60);

/* ---- The system ---------------------------------------------------------- */

static atomic_int given = -1; /* threads it still gives; below 0: any number */

typedef int creator(pthread_t *, const pthread_attr_t *, void *(*)(void *),
                    void *);

static creator *find_creator(void) {
  union {
    void *object;
    creator *function;
  } found = {dlsym(RTLD_NEXT, "pthread_create")};

  return found.function;
}

/* In the place of libc's, for this program's calls. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                   void *(*start)(void *), void *data) {
  if (atomic_load(&given) == 0)
    return EAGAIN;
  if (atomic_load(&given) > 0)
    atomic_fetch_sub(&given, 1);
  return find_creator()(thread, attributes, start, data);
}

/* ---- Two ends ------------------------------------------------------------ */

enum { TAG_ECHO, TAG_COUNT_DOWN, TAG_QUICK };

static lzr_connection *ends[2];
static struct ending endings[2];

static void count_down(struct lzr_call *call) {
  uint8_t left = call->bytes[0];
  uint8_t *answer = NULL;
  size_t size;

  if (left == 0) {
    lzr_call_answer(call, "bottom", 6);
    return;
  }
  left--;
  expect_fine(lzr_connection_call(call->connection, TAG_COUNT_DOWN, &left, 1,
                                  &answer, &size));
  lzr_call_answer(call, answer, size);
  free(answer);
}

static void serve(void *data, struct lzr_call *call) {
  (void)data;
  if (call->tag == TAG_COUNT_DOWN)
    count_down(call);
  else
    lzr_call_answer(call, call->bytes, call->size);
}

static bool is_quick(void *data, uint64_t tag) {
  (void)data;
  return tag == TAG_QUICK;
}

static void ended(void *data, const lzr_error *reason) {
  note_ending(data, reason);
}

static void start(bool pipes) {
  struct stream stream = open_stream(pipes);
  uint8_t *setup;
  size_t size;

  for (int i = 0; i < 2; i++) {
    struct lzr_connection_options options = {.peer = "the peer",
                                             .callers_read = true,
                                             .data = &endings[i],
                                             .is_quick = is_quick,
                                             .serve = serve,
                                             .ended = ended};

    sem_init(&endings[i].told, 0, 0);
    expect_fine(
        lzr_connection_create(stream.in[i], stream.out[i], &options, &ends[i]));
  }
  expect_fine(lzr_connection_start(ends[1], "hello", 5));
  expect_fine(lzr_connection_meet(ends[0], 10000, &setup, &size));
  free(setup);
}

static void stop(void) {
  for (int i = 0; i < 2; i++)
    lzr_connection_destroy(ends[i]);
}

static void expect_answer(int end, uint64_t tag, const void *bytes, size_t size,
                          const void *wanted, size_t wanted_size) {
  uint8_t *answer = NULL;
  size_t answer_size;

  expect_fine(
      lzr_connection_call(ends[end], tag, bytes, size, &answer, &answer_size));
  cr_assert_eq(answer_size, wanted_size);
  cr_expect_eq(memcmp(answer, wanted, wanted_size), 0);
  free(answer);
}

/* ---- None at all, or one too few ----------------------------------------- */

Test(wire_threads, calls_are_served_by_the_only_one) {
  start(false);
  atomic_store(&given, 0);
  for (int i = 0; i < 200; i++) {
    expect_answer(0, TAG_ECHO, "echo", 4, "echo", 4);
    expect_answer(1, TAG_QUICK, "quick", 5, "quick", 5);
    expect_answer(1, TAG_ECHO, "back", 4, "back", 4);
  }
  stop();
}

Test(wire_threads, a_call_that_calls_back_waits_for_itself) {
  start(true);
  atomic_store(&given, 0);
  for (int i = 0; i < 200; i++)
    expect_answer(0, TAG_COUNT_DOWN, "\1", 1, "bottom", 6);
  stop();
}

/* In deeper calls each needs a thread; some are refused at first. */
Test(wire_threads, a_thread_that_is_refused_once_is_asked_for_again) {
  for (int at = 1; at < 12; at++) {
    start(false);
    atomic_store(&given, at);
    expect_answer(0, TAG_COUNT_DOWN, "\1", 1, "bottom", 6);
    atomic_store(&given, -1);
    expect_answer(0, TAG_COUNT_DOWN, "\12", 1, "bottom", 6);
    stop();
  }
}

static void *call_many(void *data) {
  uint8_t *answer;
  size_t size;

  for (int i = 0; i < 100; i++) {
    expect_fine(lzr_connection_call(ends[*(int *)data], TAG_ECHO, "echo", 4,
                                    &answer, &size));
    free(answer);
  }
  return NULL;
}

Test(wire_threads, many_callers_share_the_only_one) {
  enum { COUNT = 20 };
  pthread_t callers[COUNT];
  int from[COUNT];

  start(false);
  atomic_store(&given, 0);
  for (int i = 0; i < COUNT; i++) {
    from[i] = i % 2;
    cr_assert_eq(find_creator()(&callers[i], NULL, call_many, &from[i]), 0);
  }
  for (int i = 0; i < COUNT; i++)
    pthread_join(callers[i], NULL);
  stop();
}

/* More bytes than the system takes at once, and no thread that could wait for
   that. */
Test(wire_threads, what_does_not_go_out_at_once_is_waited_for) {
  enum { SIZE = 8 << 20 };
  uint8_t *much = calloc(1, SIZE);

  start(true);
  atomic_store(&given, 0);
  for (int i = 0; i < 3; i++)
    expect_answer(0, TAG_ECHO, much, SIZE, much, SIZE);
  stop();
  free(much);
}

/* ---- The only one leaves while callers sleep --------------------------------
 */

static sem_t sleeps, is_serving, may_end;

static void note_sleep(int number) {
  (void)number;
  sem_post(&sleeps);
}

/* Serves a call that lasts until another thread's call has its answer. */
static void serve_for_long(void *data, struct lzr_call *call) {
  (void)data;
  sem_post(&is_serving);
  sem_wait(&may_end);
  lzr_call_answer(call, "served", 6);
}

/* As a compile thread does. */
static void *call_from_own_thread(void *data) {
  uint8_t *answer;
  size_t size;

  (void)data;
  lzr_own_thread = true;
  expect_fine(
      lzr_connection_call(ends[0], TAG_ECHO, "echo", 4, &answer, &size));
  cr_expect_eq(size, 4u);
  free(answer);
  sem_post(&may_end);
  return NULL;
}

static struct stream open_end_0(void) {
  struct stream stream = open_stream(false);
  struct lzr_connection_options options = {.peer = "the peer",
                                           .data = &endings[0],
                                           .serve = serve_for_long,
                                           .ended = ended};

  sem_init(&endings[0].told, 0, 0);
  sem_init(&sleeps, 0, 0);
  sem_init(&is_serving, 0, 0);
  sem_init(&may_end, 0, 0);
  signal(SIGUSR1, note_sleep);
  expect_fine(
      lzr_connection_create(stream.in[0], stream.out[0], &options, &ends[0]));
  expect_fine(lzr_connection_start(ends[0], "hello", 5));
  raw_receive(stream.in[1], NULL, 0);
  return stream;
}

/* A handler runs only once the caller waits. */
static void expect_to_sleep(pthread_t caller) {
  pthread_kill(caller, SIGUSR1);
  expect_posted(&sleeps, "the caller should wait");
}

static void leave_a_sleeping_caller(bool at_once) {
  struct lzr_header header;
  pthread_t caller;
  struct stream stream = open_end_0();

  atomic_store(&given, 0);
  cr_assert_eq(find_creator()(&caller, NULL, call_from_own_thread, NULL), 0);
  header = raw_receive(stream.in[1], NULL, 0);
  expect_to_sleep(caller);
  raw_send(stream.out[1], LZR_OPCODE_CALL, 7, TAG_ECHO, NULL, 0);
  if (!at_once)
    expect_posted(&is_serving, "the call should be served");
  raw_send(stream.out[1], LZR_OPCODE_RESULT, header.sequence, 0, "echo", 4);
  pthread_join(caller, NULL);
  header = raw_receive(stream.in[1], NULL, 0);
  cr_expect_eq(header.sequence, 7u);
  atomic_store(&given, -1);
  lzr_connection_destroy(ends[0]);
  close_end(&stream, 1);
}

Test(wire_threads, a_caller_that_sleeps_reads_when_the_only_one_serves) {
  for (int i = 0; i < 20; i++)
    leave_a_sleeping_caller(i % 2);
}
