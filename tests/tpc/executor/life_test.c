/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How the executor and what runs in it end. */
#include "tests/executor_support.h"

TestSuite(executor_life, .timeout = 60);

enum { TAG = LZR_TAG_FIRST_FREE };

/* ---- The controller goes ------------------------------------------------- */

Test(executor_life, ends_when_the_controller_closes) {
  int in[2], out[2];
  char word[32];
  const char *words[] = {LZR_EXECUTOR, word, NULL};
  uint8_t byte;

  cr_assert_eq(pipe(in), 0);
  cr_assert_eq(pipe(out), 0);
  snprintf(word, sizeof word, "filedescs=%d,%d", in[0], out[1]);
  fcntl(in[1], F_SETFD, FD_CLOEXEC);
  fcntl(out[0], F_SETFD, FD_CLOEXEC);
  spawn(words, NULL, -1);
  cr_expect_eq(read(out[0], &byte, 1), 1); /* it is there */
  close(in[1]);
  expect_exit(0, 1);
}

Test(executor_life, ends_when_the_controller_says_goodbye) {
  start_executor();
  lzr_connection_end(connection, NULL);
  expect_exit(0, 1);
  lzr_connection_destroy(connection);
}

static void *call_pause(void *unused) {
  expect_closed(try_libc("pause", 0));
  return unused;
}

/* Leaves it in pause(). */
static pthread_t make_busy(void) {
  pthread_t thread;

  pthread_create(&thread, NULL, call_pause, NULL);
  usleep(100000);
  return thread;
}

Test(executor_life, goes_within_a_second_whatever_the_program_does) {
  pthread_t thread;

  start_executor();
  thread = make_busy();
  lzr_connection_end(connection, NULL);
  pthread_join(thread, NULL);
  expect_exit(1, 1);
  lzr_connection_destroy(connection);
}

/* A thread of the program has standard input's lock, for which flushing all
   streams waits. */
Test(executor_life, goes_although_a_thread_waits_for_input) {
  const char *words[] = {LZR_EXECUTOR, NULL, NULL};
  int sockets[2], input[2];
  char word[32];

  cr_assert_eq(pipe2(input, O_CLOEXEC), 0);
  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  snprintf(word, sizeof word, "fd=%d", sockets[1]);
  words[1] = word;
  spawn(words, (int[]){input[0], -1, -1}, sockets[1]);
  close(sockets[1]);
  meet_executor(sockets[0], sockets[0]);
  cr_expect_eq(call_libc("pthread_create", 4, said.start[LZR_PROT_DATA], 0,
                         find_function("getchar"), 0),
               0);
  usleep(100000);
  lzr_connection_end(connection, NULL);
  expect_exit(0, 1.5);
  lzr_connection_destroy(connection);
}

/* ---- The program goes ---------------------------------------------------- */

Test(executor_life, exits_as_the_program_does) {
  start_executor();
  expect_closed(try_libc("exit", 7));
  expect_exit(7, 5);
  lzr_connection_destroy(connection);
}

Test(executor_life, exits_when_the_controller_asks) {
  struct lzr_writer writer = {0};
  uint8_t *answer;
  size_t size;

  start_executor();
  lzr_pack_u32(&writer, 9);
  expect_closed(lzr_connection_call(connection, service(LZR_SERVICE_EXIT),
                                    writer.bytes, writer.size, &answer, &size));
  lzr_writer_fini(&writer);
  expect_exit(9, 5);
  lzr_connection_destroy(connection);
}

static volatile int handlers_run;

static void answer_nothing(struct lzr_call *call) {
  struct lzr_writer writer = {0};

  handlers_run++;
  lzr_pack_expected(&writer);
  lzr_pack_u64(&writer, 0);
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

Test(executor_life, serves_handlers_that_run_at_exit) {
  start_executor();
  answer_call = answer_nothing;
  uint64_t handler = add_function(TAG, LZR_TYPE_VOID, 1);
  cr_expect_eq(call_libc("__cxa_atexit", 3, handler, 0, 0), 0);
  cr_expect_eq(call_libc("__cxa_atexit", 3, handler, 0, 0), 0);
  expect_closed(try_libc("exit", 3));
  expect_exit(3, 5);
  cr_expect_eq(handlers_run, 2);
  lzr_connection_destroy(connection);
}

Test(executor_life, serves_handlers_of_signals) {
  start_executor();
  answer_call = answer_nothing;
  uint64_t handler = add_function(TAG, LZR_TYPE_VOID, 1);
  call_libc("signal", 2, (uint64_t)SIGUSR1, handler);
  for (int i = 1; i <= 5; i++) {
    cr_expect_eq(call_libc("raise", 1, (uint64_t)SIGUSR1), 0);
    cr_expect_eq(handlers_run, i);
  }
  end_executor();
}

static void answer_failure(struct lzr_call *call) {
  struct lzr_writer writer = {0};

  lzr_pack_unexpected(&writer,
                      lzr_error_create(LZR_ERROR_COMPILE, "it does not work"));
  lzr_call_answer(call, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

/* What the executor writes to standard error, until it has ended. */
static int start_with_errors(void) {
  const char *words[] = {LZR_EXECUTOR, NULL, NULL};
  int sockets[2], errors[2];
  char word[32];

  cr_assert_eq(pipe2(errors, O_CLOEXEC), 0);
  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  snprintf(word, sizeof word, "fd=%d", sockets[1]);
  words[1] = word;
  spawn(words, (int[]){-1, -1, errors[1]}, sockets[1]);
  close(sockets[1]);
  close(errors[1]);
  meet_executor(sockets[0], sockets[0]);
  return errors[0];
}

static void expect_said(int errors, const char *words) {
  char text[4096] = "";
  size_t length = 0;
  ssize_t size;

  while (length < sizeof text - 1 &&
         (size = read(errors, text + length, sizeof text - 1 - length)) > 0)
    length += (size_t)size;
  cr_expect(strstr(text, words), "'%s' lacks '%s'", text, words);
  close(errors);
}

Test(executor_life, ends_with_a_sentence_when_a_function_fails_here) {
  int errors = start_with_errors();

  answer_call = answer_failure;
  uint64_t handler = add_function(TAG, LZR_TYPE_VOID, 1);
  cr_expect_eq(call_libc("__cxa_atexit", 3, handler, 0, 0), 0);
  expect_closed(try_libc("exit", 0));
  expect_exit(1, 5);
  expect_said(errors, "a host function failed: it does not work");
  lzr_connection_destroy(connection);
}

/* ---- Crashes ------------------------------------------------------------- */

static struct {
  pthread_mutex_t lock;
  bool came;
  uint32_t number;
  uint64_t fault;
  uint64_t address; /* of the first frame */
  char where[256];
} crash = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void take_crash(struct lzr_call *call) {
  struct lzr_reader reader;
  char *where;

  if (call->tag != LZR_TAG_CRASH)
    return;
  lzr_reader_init(&reader, call->bytes, call->size);
  pthread_mutex_lock(&crash.lock);
  crash.number = lzr_unpack_u32(&reader);
  crash.fault = lzr_unpack_u64(&reader);
  if (lzr_unpack_count(&reader, 17) > 0) {
    crash.address = lzr_unpack_u64(&reader);
    lzr_unpack_bool(&reader);
    where = lzr_unpack_string(&reader);
    snprintf(crash.where, sizeof crash.where, "%s", where ? where : "");
    free(where);
  }
  crash.came = !reader.failed;
  pthread_mutex_unlock(&crash.lock);
  lzr_call_answer(call, NULL, 0);
}

static void expect_signal(int number) {
  int how = wait_for_executor(5);

  cr_expect(WIFSIGNALED(how) && WTERMSIG(how) == number,
            "the executor ended with 0x%x, not by signal %d", (unsigned)how,
            number);
}

Test(executor_life, tells_where_the_program_crashed) {
  start_executor();
  answer_call = take_crash;
  expect_closed(try_libc("raise", SIGFPE));
  expect_signal(SIGFPE);
  pthread_mutex_lock(&crash.lock);
  cr_expect(crash.came);
  cr_expect_eq(crash.number, (uint32_t)SIGFPE);
  cr_expect_eq(crash.fault, 0u);
  cr_expect(strstr(crash.where, "libc"), "'%s'", crash.where);
  pthread_mutex_unlock(&crash.lock);
  lzr_connection_destroy(connection);
}

Test(executor_life, tells_where_the_program_jumped_to) {
  struct lzr_writer writer;
  uint8_t *answer = NULL;
  size_t size;

  start_executor();
  answer_call = take_crash;
  writer = pack_typed_call(0x123450, LZR_TYPE_I32, 0, NULL);
  expect_closed(lzr_connection_call(connection, service(LZR_SERVICE_CALL),
                                    writer.bytes, writer.size, &answer, &size));
  lzr_writer_fini(&writer);
  expect_signal(SIGSEGV);
  pthread_mutex_lock(&crash.lock);
  cr_expect(crash.came);
  cr_expect_eq(crash.fault, 0x123450u);
  cr_expect_eq(crash.address, 0x123450u);
  pthread_mutex_unlock(&crash.lock);
  lzr_connection_destroy(connection);
}

Test(executor_life, tells_of_an_abort) {
  start_executor();
  answer_call = take_crash;
  expect_closed(try_libc("abort", 0));
  expect_signal(SIGABRT);
  cr_expect(crash.came);
  lzr_connection_destroy(connection);
}

/* To LLVM's controllers, which know no such message. */
Test(executor_life, tells_nobody_else_of_a_crash) {
  struct lzr_writer writer = {0};
  uint8_t *answer = NULL;
  size_t size;

  start_executor();
  answer_call = take_crash;
  lzr_pack_u64(&writer, 0x123450);
  expect_closed(lzr_connection_call(
      connection, service("__llvm_orc_bootstrap_run_as_void_function_wrapper"),
      writer.bytes, writer.size, &answer, &size));
  lzr_writer_fini(&writer);
  expect_signal(SIGSEGV);
  cr_expect(!crash.came);
  lzr_connection_destroy(connection);
}

/* ---- Forks --------------------------------------------------------------- */

Test(executor_life, ends_a_child_that_comes_back) {
  int64_t child;

  seeks_leaks = false;
  start_executor();
  child = call_libc("fork", 0);
  cr_assert_gt(child, 0);
  cr_expect_eq(
      call_libc("waitpid", 3, (uint64_t)child, said.start[LZR_PROT_DATA], 0),
      child);
  expect_memory(said.start[LZR_PROT_DATA], "\0\0\0\0", 4);
  end_executor();
}

/* In a handler, while the main thread waits for a call. */
Test(executor_life, ends_a_child_that_comes_back_to_no_call) {
  seeks_leaks = false;
  start_executor();
  call_libc("signal", 2, (uint64_t)SIGUSR1, find_function("fork"));
  for (int i = 0; i < 20; i++) {
    cr_assert_eq(kill(executor, SIGUSR1), 0);
    usleep(i % 2 ? 3000 : 30);
    while (call_libc("waitpid", 3, (uint64_t)-1, said.start[LZR_PROT_DATA], 0) <
           0)
      usleep(100); /* the handler has not run yet */
    expect_memory(said.start[LZR_PROT_DATA], "\0\0\0\0", 4);
  }
  end_executor();
}

Test(executor_life, lets_no_child_call_the_controller) {
  int errors = start_with_errors();
  uint64_t function;
  int64_t child;

  answer_call = answer_nothing;
  function = add_function(TAG, LZR_TYPE_VOID, 0);
  cr_expect_eq(call_libc("__register_atfork", 4, 0, 0, function, 0), 0);
  child = call_libc("fork", 0);
  cr_assert_gt(child, 0);
  cr_expect_eq(
      call_libc("waitpid", 3, (uint64_t)child, said.start[LZR_PROT_DATA], 0),
      child);
  expect_memory(said.start[LZR_PROT_DATA], "\0\1\0\0", 4); /* exit status 1 */
  cr_expect_eq(handlers_run, 0);
  end_executor();
  expect_said(errors, "a fork of the program");
}

/* The parent's socket stays open in no child, so its end is noticed. */
Test(executor_life, is_gone_for_its_controller_while_a_child_lives) {
  double start;

  start_executor();
  cr_assert_eq(
      call_libc("__register_atfork", 4, 0, 0, find_function("pause"), 0), 0);
  int64_t child = call_libc("fork", 0);
  cr_assert_gt(child, 0);
  usleep(100000);
  start = seconds();
  expect_closed(try_libc("_exit", 0));
  cr_expect_lt(seconds() - start, 1.0);
  expect_exit(0, 5);
  kill((pid_t)child, SIGKILL);
  lzr_connection_destroy(connection);
}
