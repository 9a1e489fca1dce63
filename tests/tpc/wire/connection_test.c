/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Two ends that keep to the protocol, in one process: over pipes and over a
   socket, with callers that read and that do not. */
#include "tests/wire_support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <sys/wait.h>

TestSuite(wire_connection, .timeout = 120);

enum { CONTROLLER, EXECUTOR };

enum tag {
  TAG_ECHO,       /* answers its arguments; not quick */
  TAG_QUICK_ECHO, /* the same, quick */
  TAG_COUNT_DOWN, /* calls the other end with one less, until 0 */
  TAG_BLOCK,      /* answers when gate is opened */
  TAG_HOLD,       /* does not answer; the test does */
  TAG_APPEND,     /* quick: adds its byte to log */
  TAG_READ_LOG,   /* quick: answers log */
  TAG_END,        /* ends the connection, from its own thread */
  TAG_MASK,       /* answers whether SIGUSR2 is blocked */
  TAG_ATTENDED /* for the thread that attends, if there is one and it is free;
                  answers who served it */
};

static lzr_connection *ends[2];
static struct ending endings[2];
static struct stream stream;
static sem_t gate, held;
static struct lzr_call *held_calls[4];
static atomic_uint held_count;
static uint8_t log_bytes[64 << 10];
static size_t log_size;

static void ended(void *data, const lzr_error *reason) {
  note_ending(data, reason);
}

static bool is_quick(void *data, uint64_t tag) {
  (void)data;
  return tag == TAG_QUICK_ECHO || tag == TAG_APPEND || tag == TAG_READ_LOG;
}

/* Of the executor's; so it is while nobody attends there. */
static atomic_bool attendant_is_busy = true;

static bool attends(void *data, uint64_t tag) {
  return data == &endings[EXECUTOR] && tag == TAG_ATTENDED &&
         !atomic_exchange(&attendant_is_busy, true);
}

static void count_down(struct lzr_call *call) {
  uint8_t left = call->bytes[0], *answer = NULL;
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

static void answer_mask(struct lzr_call *call) {
  sigset_t mask;
  uint8_t blocked;

  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  blocked = (uint8_t)sigismember(&mask, SIGUSR2);
  lzr_call_answer(call, &blocked, 1);
}

static void serve(void *data, struct lzr_call *call) {
  (void)data;
  switch (call->tag) {
  case TAG_COUNT_DOWN:
    count_down(call);
    return;
  case TAG_BLOCK:
    sem_wait(&gate);
    sem_post(&gate);
    break;
  case TAG_HOLD:
    held_calls[atomic_fetch_add(&held_count, 1)] = call;
    sem_post(&held);
    return;
  case TAG_APPEND:
    log_bytes[log_size++] = call->bytes[0];
    break;
  case TAG_READ_LOG:
    lzr_call_answer(call, log_bytes, log_size);
    return;
  case TAG_END:
    lzr_connection_end(call->connection,
                       lzr_error_create(LZR_ERROR_TARGET, "enough"));
    break;
  case TAG_MASK:
    answer_mask(call);
    return;
  case TAG_ATTENDED:
    lzr_call_answer(call, "another", 7);
    return;
  }
  lzr_call_answer(call, call->bytes, call->size);
}

/* ---- Two ends
   ------------------------------------------------------------- */

struct ways {
  bool pipes, callers_read, keep_signals;
};

static void create(int end, const struct ways *ways) {
  struct lzr_connection_options options = {
      .peer = end == CONTROLLER ? "the executor" : "the controller",
      .keep_signals = ways->keep_signals,
      .callers_read = ways->callers_read,
      .data = &endings[end],
      .is_quick = is_quick,
      .attends = attends,
      .serve = serve,
      .ended = ended};

  memset(&endings[end], 0, sizeof endings[end]);
  sem_init(&endings[end].told, 0, 0);
  expect_fine(lzr_connection_create(stream.in[end], stream.out[end], &options,
                                    &ends[end]));
}

static void open_ends(const struct ways *ways) {
  uint8_t *setup;
  size_t size;

  sem_init(&gate, 0, 0);
  sem_init(&held, 0, 0);
  held_count = 0;
  log_size = 0;
  stream = open_stream(ways->pipes);
  create(CONTROLLER, ways);
  create(EXECUTOR, ways);
  expect_fine(lzr_connection_start(ends[EXECUTOR], "hello", 5));
  expect_fine(lzr_connection_meet(ends[CONTROLLER], 5000, &setup, &size));
  cr_expect(size == 5 && memcmp(setup, "hello", 5) == 0);
  free(setup);
}

static void close_ends(void) {
  lzr_connection_destroy(ends[CONTROLLER]);
  lzr_connection_destroy(ends[EXECUTOR]);
  for (int end = 0; end < 2; end++)
    cr_expect_eq(endings[end].count, 1, "told %d times", endings[end].count);
}

static void in_all_ways(void (*test)(void)) {
  for (int i = 0; i < 4; i++) {
    struct ways ways = {.pipes = i & 1, .callers_read = i & 2};

    open_ends(&ways);
    test();
    close_ends();
  }
}

static void expect_answer(int end, enum tag tag, const void *bytes, size_t size,
                          const void *expected, size_t expected_size) {
  uint8_t *answer;
  size_t answer_size;

  expect_fine(
      lzr_connection_call(ends[end], tag, bytes, size, &answer, &answer_size));
  cr_assert_eq(answer_size, expected_size);
  cr_expect(expected_size == 0 || memcmp(answer, expected, answer_size) == 0);
  cr_expect_eq(answer == NULL, answer_size == 0);
  free(answer);
}

static void expect_echo(int end, enum tag tag, const void *bytes, size_t size) {
  expect_answer(end, tag, bytes, size, bytes, size);
}

static void expect_closed(int end, const char *words) {
  uint8_t *answer;
  size_t size;

  expect_error(lzr_connection_call(ends[end], TAG_ECHO, "", 0, &answer, &size),
               LZR_ERROR_CLOSED, words);
  cr_expect_null(answer);
}

/* ---- Calls
   ---------------------------------------------------------------- */

static void call_both_ways(void) {
  static const size_t sizes[] = {0,     1,     31,     65504,
                                 65505, 65536, 200000, 5 << 20};
  uint8_t *bytes = malloc(5 << 20);

  for (int i = 0; i < 5 << 20; i++)
    bytes[i] = (uint8_t)(i * 7 >> 3);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int end = 0; end < 2; end++) {
      expect_echo(end, TAG_ECHO, bytes, sizes[i]);
      expect_echo(end, TAG_QUICK_ECHO, bytes, sizes[i]);
    }
  free(bytes);
}

Test(wire_connection, answers_calls_of_all_sizes) {
  in_all_ways(call_both_ways);
}

static void call_many_times(void) {
  for (uint32_t i = 0; i < 2000; i++)
    expect_echo(i & 1, i % 3 ? TAG_QUICK_ECHO : TAG_ECHO, &i, sizeof i);
}

Test(wire_connection, answers_thousands_of_calls) {
  in_all_ways(call_many_times);
}

static void call_100_deep(void) {
  expect_answer(CONTROLLER, TAG_COUNT_DOWN, "\x64", 1, "bottom", 6);
  expect_answer(EXECUTOR, TAG_COUNT_DOWN, "\x64", 1, "bottom", 6);
}

Test(wire_connection, calls_that_call_back_a_hundred_deep) {
  in_all_ways(call_100_deep);
}

struct caller {
  pthread_t thread;
  enum tag tag;
  lzr_error *error;
  uint8_t *answer;
  size_t size;
  sem_t *done;
};

static void *make_call(void *data) {
  struct caller *caller = data;

  caller->error =
      lzr_connection_call(ends[CONTROLLER], caller->tag, &caller->tag, 1,
                          &caller->answer, &caller->size);
  if (caller->done)
    sem_post(caller->done);
  return NULL;
}

static void start_caller(struct caller *caller, enum tag tag, sem_t *done) {
  *caller = (struct caller){.tag = tag, .done = done};
  cr_assert_eq(pthread_create(&caller->thread, NULL, make_call, caller), 0);
}

static void end_caller(struct caller *caller) {
  pthread_join(caller->thread, NULL);
  lzr_error_destroy(caller->error);
  free(caller->answer);
}

static void answer_in_other_order(void) {
  struct caller callers[3];

  for (int i = 0; i < 3; i++) {
    start_caller(&callers[i], TAG_HOLD, NULL);
    expect_posted(&held, "the call should come");
  }
  expect_echo(CONTROLLER, TAG_ECHO, "between", 7);
  for (int i = 2; i >= 0; i--) {
    uint8_t number = (uint8_t)i;

    lzr_call_answer(held_calls[i], &number, 1);
    pthread_join(callers[i].thread, NULL);
    expect_fine(callers[i].error);
    cr_expect(callers[i].size == 1 && callers[i].answer[0] == i);
    free(callers[i].answer);
  }
}

Test(wire_connection, answers_come_in_any_order) {
  in_all_ways(answer_in_other_order);
}

/* More calls than there are threads: the rest waits for a thread, and nothing
   else does. */
static void call_600_times(void) {
  enum { COUNT = 600 };
  struct caller *callers = calloc(COUNT, sizeof *callers);

  for (int i = 0; i < COUNT; i++)
    start_caller(&callers[i], TAG_BLOCK, NULL);
  while (lzr_connection_count_threads(ends[EXECUTOR]) <
         LZR_CONNECTION_MAX_THREADS)
    usleep(1000);
  expect_echo(CONTROLLER, TAG_QUICK_ECHO, "still alive", 11);
  sem_post(&gate);
  for (int i = 0; i < COUNT; i++) {
    pthread_join(callers[i].thread, NULL);
    expect_fine(callers[i].error);
    cr_expect_eq(callers[i].size, 1u);
    free(callers[i].answer);
  }
  cr_expect_leq(lzr_connection_count_threads(ends[EXECUTOR]),
                (unsigned)LZR_CONNECTION_MAX_THREADS + 1);
  free(callers);
}

Test(wire_connection, calls_above_the_limit_of_threads_wait) {
  in_all_ways(call_600_times);
}

Test(wire_connection, refuses_to_send_what_is_above_the_limit) {
  struct lzr_connection_options options = {.max_message = 100};
  uint8_t bytes[100] = {0}, *answer;
  lzr_connection *connection;
  size_t size;

  stream = open_stream(false);
  expect_fine(lzr_connection_create(stream.in[0], stream.out[0], &options,
                                    &connection));
  expect_error(lzr_connection_call(connection, 1, bytes, 69, &answer, &size),
               LZR_ERROR_LIMIT, "69 bytes; the limit is 68");
  expect_error(lzr_connection_post(connection, 1, bytes, 69, NULL, NULL),
               LZR_ERROR_LIMIT, "69 bytes");
  lzr_connection_destroy(connection);
}

/* ---- Posts
   ---------------------------------------------------------------- */

static atomic_uint answered_count;

static void note_answer(void *data, const uint8_t *answer, size_t size) {
  cr_expect(size == 1 && answer[0] == (uint8_t)(uintptr_t)data);
  answered_count++;
}

/* Each call sees what was posted before it, and nothing else. */
static void post_and_call(void) {
  uint8_t expected[600];

  answered_count = 0;
  for (unsigned i = 0; i < sizeof expected; i++) {
    expected[i] = (uint8_t)(i * i);
    expect_fine(lzr_connection_post(ends[CONTROLLER], TAG_APPEND, &expected[i],
                                    1, i % 2 ? note_answer : NULL,
                                    (void *)(uintptr_t)expected[i]));
    if (i % 7 == 0)
      expect_answer(CONTROLLER, TAG_READ_LOG, "", 0, expected, i + 1);
  }
  expect_answer(CONTROLLER, TAG_READ_LOG, "", 0, expected, sizeof expected);
  cr_expect_eq(answered_count, sizeof expected / 2);
}

Test(wire_connection, posts_keep_their_order_with_calls) {
  in_all_ways(post_and_call);
}

Test(wire_connection, what_is_posted_goes_out_with_the_next_call_in_one_write) {
  struct lzr_connection_options options = {.peer = "x"};
  struct caller caller = {.tag = TAG_ECHO};
  uint8_t bytes[300];
  struct pollfd polled;

  stream = open_stream(false);
  polled = (struct pollfd){stream.in[1], POLLIN, 0};
  expect_fine(lzr_connection_create(stream.in[0], stream.out[0], &options,
                                    &ends[CONTROLLER]));
  expect_fine(lzr_connection_start(ends[CONTROLLER], "", 0));
  raw_receive(stream.in[1], NULL, 0);
  expect_fine(lzr_connection_post(ends[CONTROLLER], 1, "abc", 3, NULL, NULL));
  cr_expect_eq(poll(&polled, 1, 50), 0, "posts wait");
  pthread_create(&caller.thread, NULL, make_call, &caller);
  poll(&polled, 1, 5000);
  cr_expect_eq(recv(stream.in[1], bytes, sizeof bytes, MSG_DONTWAIT),
               32 + 3 + 32 + 1);
  cr_expect_arr_eq(bytes + 32, "abc", 3);
  lzr_connection_end(ends[CONTROLLER], NULL);
  end_caller(&caller);
  lzr_connection_destroy(ends[CONTROLLER]);
}

Test(wire_connection, what_is_posted_goes_out_when_asked_or_when_it_is_much) {
  struct ways ways = {.pipes = true};
  uint8_t *bytes = calloc(1, 300 << 10);

  open_ends(&ways);
  expect_fine(lzr_connection_post(ends[CONTROLLER], TAG_HOLD, "", 0, NULL, 0));
  expect_fine(lzr_connection_flush(ends[CONTROLLER]));
  expect_posted(&held, "flushing sends");
  expect_fine(lzr_connection_post(ends[CONTROLLER], TAG_HOLD, bytes, 300 << 10,
                                  NULL, NULL));
  expect_posted(&held, "much is sent");
  for (int i = 0; i < 2; i++)
    lzr_call_answer(held_calls[i], "", 0);
  close_ends();
  free(bytes);
}

/* ---- Both ends write much at once
   ----------------------------------------- */

enum { FLOOD_MESSAGES = 400, FLOOD_SIZE = 64 << 10 };

struct flood {
  pthread_t thread;
  int end;
  atomic_uint answers;
};

static void count_flood(void *data, const uint8_t *answer, size_t size) {
  struct flood *flood = data;

  (void)answer;
  cr_expect_eq(size, FLOOD_SIZE);
  flood->answers++;
}

/* The reading thread answers each message by one as large. */
static void *pour(void *data) {
  struct flood *flood = data;
  uint8_t *bytes = calloc(1, FLOOD_SIZE);

  for (int i = 0; i < FLOOD_MESSAGES; i++)
    expect_fine(lzr_connection_post(ends[flood->end], TAG_QUICK_ECHO, bytes,
                                    FLOOD_SIZE, count_flood, flood));
  expect_echo(flood->end, TAG_QUICK_ECHO, "last", 4);
  free(bytes);
  return NULL;
}

static void flood_both_ways(void) {
  static struct flood floods[2];

  for (int end = 0; end < 2; end++) {
    floods[end] = (struct flood){.end = end};
    pthread_create(&floods[end].thread, NULL, pour, &floods[end]);
  }
  for (int end = 0; end < 2; end++) {
    pthread_join(floods[end].thread, NULL);
    cr_expect_eq(floods[end].answers, FLOOD_MESSAGES);
  }
}

Test(wire_connection, both_ends_may_write_much_at_once) {
  in_all_ways(flood_both_ways);
}

/* Sends as much as the other end takes until it gives up. */
static void ask_on(int out, const uint8_t *bytes, size_t size) {
  struct pollfd polled = {out, POLLOUT, 0};
  int end = EXECUTOR;

  while (size > 0 && !lzr_connection_has_ended(ends[end])) {
    ssize_t sent = send(out, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent > 0) {
      bytes += sent;
      size -= (size_t)sent;
    } else {
      poll(&polled, 1, 100);
    }
  }
}

/* A peer that asks and does not read: this end goes on until there is too
   much. */
Test(wire_connection, a_peer_that_never_reads_is_given_up) {
  enum { SIZE = 16 << 20 };
  struct ways ways = {.pipes = false};
  uint8_t *bytes = calloc(1, LZR_HEADER_SIZE + SIZE);
  struct lzr_header header = {LZR_HEADER_SIZE + SIZE, LZR_OPCODE_CALL, 0,
                              TAG_QUICK_ECHO};

  lzr_header_pack(&header, bytes);
  stream = open_stream(false);
  create(EXECUTOR, &ways);
  expect_fine(lzr_connection_start(ends[EXECUTOR], "", 0));
  for (int i = 0; i < 30; i++)
    ask_on(stream.out[0], bytes, LZR_HEADER_SIZE + SIZE);
  expect_posted(&endings[EXECUTOR].told, "the end");
  cr_expect(strstr(endings[EXECUTOR].reason, "does not read"), "%s",
            endings[EXECUTOR].reason);
  lzr_connection_destroy(ends[EXECUTOR]);
  free(bytes);
}

/* ---- Ends
   ----------------------------------------------------------------- */

static void destroy_at_once(void) {
  struct caller caller;

  start_caller(&caller, TAG_HOLD, NULL);
  expect_posted(&held, "the call should come");
  lzr_connection_destroy(ends[CONTROLLER]);
  pthread_join(caller.thread, NULL);
  expect_error(caller.error, LZR_ERROR_CLOSED,
               "the connection to the executor has ended");
  lzr_call_answer(held_calls[0], "late", 4);
  expect_posted(&endings[EXECUTOR].told, "the executor should notice");
  cr_expect_str_eq(endings[EXECUTOR].reason, "");
  lzr_connection_destroy(ends[EXECUTOR]);
}

Test(wire_connection, calls_that_wait_fail_when_it_is_destroyed) {
  for (int i = 0; i < 4; i++) {
    struct ways ways = {.pipes = i & 1, .callers_read = i & 2};

    open_ends(&ways);
    destroy_at_once();
  }
}

Test(wire_connection, the_reason_of_an_end_reaches_the_other_side) {
  struct ways ways = {.pipes = true};

  open_ends(&ways);
  lzr_connection_end(ends[EXECUTOR],
                     lzr_error_create(LZR_ERROR_MEMORY, "out of cheese"));
  expect_posted(&endings[CONTROLLER].told, "the controller should notice");
  cr_expect_str_eq(endings[CONTROLLER].reason, "out of cheese");
  cr_expect_eq(endings[CONTROLLER].kind, LZR_ERROR_TARGET);
  cr_expect_eq(lzr_error_get_kind(lzr_connection_reason(ends[EXECUTOR])),
               LZR_ERROR_MEMORY);
  expect_closed(CONTROLLER,
                "the connection to the executor has ended: out of cheese");
  expect_closed(EXECUTOR, "out of cheese");
  expect_error(
      lzr_connection_post(ends[CONTROLLER], TAG_ECHO, "", 0, NULL, NULL),
      LZR_ERROR_CLOSED, "has ended");
  lzr_connection_end(ends[EXECUTOR],
                     lzr_error_create(LZR_ERROR_FILE, "too late"));
  cr_expect_str_eq(lzr_error_message(lzr_connection_reason(ends[EXECUTOR])),
                   "out of cheese");
  close_ends();
}

Test(wire_connection, may_be_ended_by_the_thread_that_serves) {
  struct ways ways = {.pipes = false};
  uint8_t *answer;
  size_t size;

  open_ends(&ways);
  expect_error(
      lzr_connection_call(ends[CONTROLLER], TAG_END, "", 0, &answer, &size),
      LZR_ERROR_CLOSED, "enough");
  close_ends();
}

Test(wire_connection, a_peer_that_is_gone_kills_nobody) {
  for (int pipes = 0; pipes < 2; pipes++) {
    struct ways ways = {.pipes = pipes};
    uint8_t *answer;
    size_t size;
    sigset_t pending;

    stream = open_stream(pipes);
    create(EXECUTOR, &ways);
    if (pipes)
      close(stream.in[0]); /* only this direction: EPIPE before the end */
    else
      close_end(&stream, 0);
    expect_error(lzr_connection_start(ends[EXECUTOR], "", 0), LZR_ERROR_CLOSED,
                 "cannot send to the controller: Broken pipe");
    expect_error(lzr_connection_call(ends[EXECUTOR], 0, "", 0, &answer, &size),
                 LZR_ERROR_CLOSED, "Broken pipe");
    sigpending(&pending);
    cr_expect_eq(sigismember(&pending, SIGPIPE), 0);
    lzr_connection_destroy(ends[EXECUTOR]);
    if (pipes)
      close(stream.out[0]);
  }
}

enum { ORPHAN_LIFE = 3 }; /* seconds */

/* Starts an executor, forks a child that forgets, and dies; not with a
   reason. */
static void die_with_a_child(void) {
  struct ways ways = {.pipes = true};

  close_end(&stream, CONTROLLER);
  create(EXECUTOR, &ways);
  if (lzr_connection_start(ends[EXECUTOR], "", 0))
    _exit(1);
  if (fork() == 0) {
    lzr_connection_forget(ends[EXECUTOR]);
    sleep(ORPHAN_LIFE);
  }
  _exit(0);
}

Test(wire_connection, a_forked_child_that_forgets_does_not_keep_it_open) {
  struct ways ways = {.pipes = true};
  time_t start = time(NULL);
  uint8_t *setup;
  size_t size;
  pid_t child;

  stream = open_stream(true);
  child = fork();
  if (child == 0)
    die_with_a_child();
  close_end(&stream, EXECUTOR);
  create(CONTROLLER, &ways);
  expect_fine(lzr_connection_meet(ends[CONTROLLER], 5000, &setup, &size));
  free(setup);
  cr_assert_eq(waitpid(child, NULL, 0), child);
  expect_posted(&endings[CONTROLLER].told, "the end of the parent");
  cr_expect_lt(time(NULL) - start, ORPHAN_LIFE, "told by the child's end");
  lzr_connection_destroy(ends[CONTROLLER]);
}

Test(wire_connection, leaves_descriptors_as_they_were) {
  struct lzr_connection_options options = {0};
  lzr_connection *connection;
  int in, out;

  stream = open_stream(true);
  in = dup(stream.in[0]);
  out = dup(stream.out[0]);
  expect_fine(lzr_connection_create(stream.in[0], stream.out[0], &options,
                                    &connection));
  lzr_connection_destroy(connection);
  cr_expect_eq(fcntl(in, F_GETFL) & O_NONBLOCK, 0);
  cr_expect_eq(fcntl(out, F_GETFL) & O_NONBLOCK, 0);
}

/* ---- Signals
   -------------------------------------------------------------- */

static atomic_uint handled, handled_wrong;
static uint8_t *handler_answers[1000];
static int handler_end = CONTROLLER;

/* The handler may have interrupted the heap, and must not use it. */
static void call_from_handler(int number) {
  unsigned count = handled;
  int kept = errno;
  size_t size;

  (void)number;
  if (count == sizeof handler_answers / sizeof *handler_answers)
    return;
  if (lzr_connection_call(ends[handler_end], TAG_ECHO, "from a handler", 14,
                          &handler_answers[count], &size) ||
      size != 14 || memcmp(handler_answers[count], "from a handler", 14) != 0)
    handled_wrong++;
  handled++;
  errno = kept;
}

static void start_alarms(void) {
  struct sigaction action = {.sa_handler = call_from_handler};
  struct itimerval often = {{0, 700}, {0, 700}};

  handled = handled_wrong = 0;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
}

static void stop_alarms(void) {
  struct itimerval never = {{0, 0}, {0, 0}};

  setitimer(ITIMER_REAL, &never, NULL);
}

/* No handler runs any more. */
static void check_alarms(void) {
  cr_expect_eq(handled_wrong, 0);
  for (unsigned i = 0; i < handled; i++)
    free(handler_answers[i]);
}

/* The signal comes while a call waits, between two calls, and while locks are
   held. */
static void call_under_alarms(void) {
  start_alarms();
  for (uint32_t i = 0; i < 3000 || handled < 20; i++)
    expect_echo(CONTROLLER, i % 2 ? TAG_ECHO : TAG_QUICK_ECHO, &i, sizeof i);
  stop_alarms();
  check_alarms();
}

Test(wire_connection, handlers_of_signals_may_call) {
  in_all_ways(call_under_alarms);
}

static void *call_on_small_stack(void *data) {
  (void)data;
  for (uint32_t i = 0; i < 100; i++)
    expect_echo(CONTROLLER, i % 2 ? TAG_ECHO : TAG_QUICK_ECHO, &i, sizeof i);
  return NULL;
}

static void call_from_small_stack(void) {
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 32 << 10);
  cr_assert_eq(pthread_create(&thread, &attributes, call_on_small_stack, NULL),
               0);
  pthread_join(thread, NULL);
}

Test(wire_connection, needs_little_stack) {
  in_all_ways(call_from_small_stack);
}

Test(wire_connection, threads_that_serve_have_the_signals_that_are_wanted) {
  struct ways ways = {.keep_signals = false};

  open_ends(&ways);
  expect_answer(CONTROLLER, TAG_MASK, "", 0, "\1", 1);
  close_ends();
  ways.keep_signals = true;
  open_ends(&ways);
  expect_answer(CONTROLLER, TAG_MASK, "", 0, "\0", 1);
  close_ends();
}

/* ---- Who attends
   ---------------------------------------------------------- */

static pthread_t attendant;

/* Until it is recalled. */
static void *attend(void *data) {
  struct lzr_call *call;

  (void)data;
  atomic_store(&attendant_is_busy, false);
  while ((call = lzr_connection_attend(ends[EXECUTOR]))) {
    if (call->size > 0) {
      sem_post(&held);
      sem_wait(&gate);
    }
    atomic_store(&attendant_is_busy, false);
    lzr_call_answer(call, "attendant", 9);
  }
  atomic_store(&attendant_is_busy, true);
  return NULL;
}

static void start_attendant(void) {
  cr_assert_eq(pthread_create(&attendant, NULL, attend, NULL), 0);
  while (attendant_is_busy)
    ;
}

static void end_attendant(void) {
  lzr_connection_recall(ends[EXECUTOR]);
  pthread_join(attendant, NULL);
}

/* Now and then nothing comes for so long that somebody else watches. */
static void call_the_attendant(void) {
  start_attendant();
  for (uint32_t i = 0; i < 2000; i++) {
    expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "attendant", 9);
    if (i % 3 == 0)
      expect_echo(i & 1, i % 2 ? TAG_ECHO : TAG_QUICK_ECHO, &i, sizeof i);
    if (i % 50 == 0)
      usleep(1000);
  }
  end_attendant();
}

Test(wire_connection, calls_are_served_by_who_attends) {
  in_all_ways(call_the_attendant);
}

static void call_a_busy_attendant(void) {
  struct caller caller;

  expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "another", 7);
  start_attendant();
  for (int i = 0; i < 20; i++) {
    start_caller(&caller, TAG_ATTENDED, NULL);
    expect_posted(&held, "the attendant should have a call");
    expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "another", 7);
    expect_echo(CONTROLLER, i % 2 ? TAG_ECHO : TAG_QUICK_ECHO, &i, sizeof i);
    sem_post(&gate);
    end_caller(&caller);
    expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "attendant", 9);
  }
  end_attendant();
  expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "another", 7);
}

Test(wire_connection, who_attends_and_is_busy_holds_nobody_up) {
  in_all_ways(call_a_busy_attendant);
}

/* The thread that has the watch then is not the one that reports. */
static void end_while_one_attends(void) {
  start_attendant();
  expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "attendant", 9);
  lzr_connection_end(ends[CONTROLLER], NULL);
  expect_posted(&endings[EXECUTOR].told, "the end should be told");
  cr_expect(!attendant_is_busy, "only a recall ends that");
  end_attendant();
}

Test(wire_connection, an_end_does_not_recall_who_attends) {
  in_all_ways(end_while_one_attends);
}

static void alarm_the_attendant(void) {
  sigset_t alarm;

  start_attendant();
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, NULL);
  handler_end = EXECUTOR;
  start_alarms();
  for (uint32_t i = 0; i < 1000 || handled < 20; i++) {
    expect_answer(CONTROLLER, TAG_ATTENDED, "", 0, "attendant", 9);
    if (i % 50 == 0)
      usleep(2000);
  }
  stop_alarms();
  end_attendant(); /* a handler may still run there */
  pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
  check_alarms();
}

Test(wire_connection, handlers_may_call_on_the_thread_that_attends) {
  in_all_ways(alarm_the_attendant);
}
