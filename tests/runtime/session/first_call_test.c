/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* When functions are compiled, and first calls from everywhere: threads, signal
   handlers, small stacks, after a fork. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "tests/many_functions.h"
#include "tests/runtime_support.h"

/* What is compiled. */

/* It is not certain which of the two is called, so neither may be compiled in
   advance. */
static const char choice[] = "define internal i32 @left(i32 %x) noinline {\n"
                             "  %r = add i32 %x, 1\n"
                             "  ret i32 %r\n"
                             "}\n"
                             "define internal i32 @right(i32 %x) noinline {\n"
                             "  %r = add i32 %x, 2\n"
                             "  ret i32 %r\n"
                             "}\n"
                             "define i32 @choose(i32 %x) {\n"
                             "  %negative = icmp slt i32 %x, 0\n"
                             "  br i1 %negative, label %l, label %r\n"
                             "l:\n"
                             "  %from_left = call i32 @left(i32 %x)\n"
                             "  ret i32 %from_left\n"
                             "r:\n"
                             "  %from_right = call i32 @right(i32 %x)\n"
                             "  ret i32 %from_right\n"
                             "}\n";

Test(lazy, compiles_nothing_before_a_call) {
  lzr_session *session = open_text(choice);
  find(session, "choose");
  cr_expect_eq(count(session).functions_defined, 3);
  cr_expect_eq(count(session).functions_compiled, 0);
  cr_expect_eq(count(session).units, 0);
  lzr_session_destroy(session);
}

Test(lazy, compiles_the_functions_that_are_called_and_no_other) {
  lzr_session *session = open_text(choice);
  cr_expect_eq(call_named(session, "choose", 5), 7);
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(call_named(session, "choose", -5), -4);
  cr_expect_eq(count(session).functions_compiled, 3);
  lzr_session_destroy(session);
}

Test(lazy, compiles_nothing_at_a_second_call) {
  lzr_session *session = open_text(choice);
  call_named(session, "choose", 5);
  struct lzr_session_statistics before = count(session);
  for (int i = 0; i < 10; i++)
    cr_expect_eq(call_named(session, "choose", i), i + 2);
  struct lzr_session_statistics after = count(session);
  cr_expect_eq(memcmp(&before, &after, sizeof before), 0);
  lzr_session_destroy(session);
}

Test(lazy, runs_what_comes_before_a_call_that_fails) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "half.ll",
           "@nowhere = external global i32\n"
           "@reached = global i32 0\n"
           "define internal i32 @fails() noinline {\n"
           "  %r = load i32, ptr @nowhere\n"
           "  ret i32 %r\n"
           "}\n"
           "define i32 @half() {\n"
           "  store i32 1, ptr @reached\n"
           "  %r = call i32 @fails()\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "half", 0), 0);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "reached"), 1);
  cr_expect_str_eq(failures.function, "fails");
  lzr_session_destroy(session);
}

Test(lazy, follows_a_chain_of_first_calls) {
  enum { LENGTH = 100 };
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  fputs("define i32 @f0(i32 %x) {\n  ret i32 %x\n}\n", out);
  for (int i = 1; i < LENGTH; i++)
    fprintf(out,
            "define i32 @f%d(i32 %%x) noinline {\n"
            "  %%y = add i32 %%x, 1\n"
            "  %%r = call i32 @f%d(i32 %%y)\n"
            "  ret i32 %%r\n"
            "}\n",
            i, i - 1);
  fclose(out);
  lzr_session *session = open_text(text);
  cr_expect_eq(call_named(session, "f99", 1000), 1000 + LENGTH - 1);
  cr_expect_eq(count(session).functions_compiled, LENGTH);
  lzr_session_destroy(session);
  free(text);
}

static lzr_session *current;

static int call_back(int x) {
  return call_named(current, "inner", x);
}

Test(lazy, lets_a_host_function_make_a_first_call_within_one) {
  current = open_session(NULL);
  lzr_library *library = lzr_session_main_library(current);
  succeed(lzr_library_define(library, "call_back", address_of(call_back)));
  add_text(library, "nested.ll",
           "declare i32 @call_back(i32)\n"
           "define i32 @inner(i32 %x) {\n"
           "  %r = mul i32 %x, %x\n"
           "  ret i32 %r\n"
           "}\n"
           "define i32 @outer(i32 %x) {\n"
           "  %r = call i32 @call_back(i32 %x)\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(current, "outer", 9), 81);
  lzr_session_destroy(current);
}

Test(lazy, jumps_to_computed_addresses) {
  lzr_session *session = open_text(
      "@table = internal constant [2 x ptr] [ptr blockaddress(@jump, %one),"
      " ptr blockaddress(@jump, %two)]\n"
      "define i32 @jump(i32 %x) {\n"
      "  %p = getelementptr ptr, ptr @table, i32 %x\n"
      "  %to = load ptr, ptr %p\n"
      "  indirectbr ptr %to, [label %one, label %two]\n"
      "one:\n"
      "  ret i32 1\n"
      "two:\n"
      "  ret i32 2\n"
      "}\n");
  cr_expect_eq(call_named(session, "jump", 0), 1);
  cr_expect_eq(call_named(session, "jump", 1), 2);
  lzr_session_destroy(session);
}

/* Constructors and destructors. */

static int notes[16];
static int note_count;

static int note(int x) {
  notes[note_count++ % 16] = x;
  return x;
}

#define NOTES(name, value)                                                     \
  "define internal void @" name "() {\n"                                       \
  "  call i32 @note(i32 " value ")\n"                                          \
  "  ret void\n"                                                               \
  "}\n"
#define ENTRY(priority, name)                                                  \
  "{ i32, ptr, ptr } { i32 " priority ", ptr @" name ", ptr null }"

static const char constructors[] = "declare i32 @note(i32)\n" NOTES("middle",
                                                                    "2")
    NOTES("first", "1") NOTES("last", "3") NOTES("early", "11") NOTES(
        "late",
        "12") "@llvm.global_ctors = appending global [3 x { i32, "
              "ptr, ptr }] [" ENTRY("500", "middle") ", " ENTRY(
                  "101",
                  "first") ", " ENTRY("65535",
                                      "last") "]\n"
                                              "@llvm.global_dtors = "
                                              "appending global [2 x "
                                              "{ i32, ptr, ptr }] "
                                              "[" ENTRY(
                                                  "200",
                                                  "earl"
                                                  "y") ", " ENTRY("65535",
                                                                  "late") "]\n";

static lzr_session *open_noting(void) {
  lzr_session *session = open_session(NULL);
  note_count = 0;
  succeed(lzr_library_define(lzr_session_main_library(session), "note",
                             address_of(note)));
  return session;
}

static void expect_notes(int expected_count, const int *expected) {
  cr_assert_eq(note_count, expected_count, "%d notes", note_count);
  for (int i = 0; i < expected_count; i++)
    cr_expect_eq(notes[i], expected[i], "note %d is %d", i, notes[i]);
  note_count = 0;
}
#define EXPECT_NOTES(...)                                                      \
  expect_notes(sizeof((int[]){__VA_ARGS__}) / sizeof(int),                     \
               (const int[]){__VA_ARGS__})

Test(lazy, runs_constructors_once_by_priority_and_destructors_in_reverse) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "constructors.ll", constructors);
  cr_expect_eq(note_count, 0);
  succeed(lzr_library_initialize(library));
  EXPECT_NOTES(1, 2, 3);
  succeed(lzr_library_initialize(library));
  cr_expect_eq(note_count, 0);
  lzr_session_destroy(session);
  EXPECT_NOTES(12, 11);
}

Test(lazy, runs_the_constructors_of_modules_added_since) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "one.ll", constructors);
  succeed(lzr_library_initialize(library));
  note_count = 0;
  add_text(library, "two.ll", constructors);
  succeed(lzr_library_initialize(library));
  EXPECT_NOTES(1, 2, 3);
  lzr_session_destroy(session);
  EXPECT_NOTES(12, 11, 12, 11);
}

Test(lazy, runs_no_destructors_of_what_was_never_constructed) {
  lzr_session *session = open_noting();
  add_text(lzr_session_main_library(session), "constructors.ll", constructors);
  lzr_session_destroy(session);
  cr_expect_eq(note_count, 0);
}

Test(lazy, names_the_module_of_a_constructor_that_is_nowhere) {
  lzr_session *session = open_text(
      "declare void @nowhere()\n"
      "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [" ENTRY(
          "65535", "nowhere") "]\n");
  FAILS(lzr_library_initialize(lzr_session_main_library(session)), SYMBOL,
        "test.ll", "nowhere");
  lzr_session_destroy(session);
}

/* Data. */

static const char counter[] = "@counter = global i32 40\n"
                              "define i32 @up(i32 %x) {\n"
                              "  %v = load i32, ptr @counter\n"
                              "  %s = add i32 %v, %x\n"
                              "  store i32 %s, ptr @counter\n"
                              "  ret i32 %s\n"
                              "}\n"
                              "define i32 @get() {\n"
                              "  %v = load i32, ptr @counter\n"
                              "  ret i32 %v\n"
                              "}\n";

Test(lazy, brings_data_in_once) {
  lzr_session *session = open_text(counter);
  cr_expect_eq(count(session).data_bytes, 0);
  cr_expect_eq(call_named(session, "up", 2), 42);
  uint64_t bytes = count(session).data_bytes;
  cr_expect_neq(bytes, 0);
  cr_expect_eq(call_named(session, "get", 0), 42);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "counter"), 42);
  cr_expect_eq(count(session).data_bytes, bytes);
  lzr_session_destroy(session);
}

Test(lazy, brings_data_in_that_refers_to_itself_across_modules) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "one.ll",
           "@two = external global ptr\n"
           "@one = global ptr @two\n"
           "@left = global i32 6\n");
  add_text(library, "two.ll",
           "@one = external global ptr\n"
           "@two = global ptr @one\n"
           "define i32 @round() {\n"
           "  %a = load ptr, ptr @one\n"
           "  %b = load ptr, ptr %a\n"
           "  %same = icmp eq ptr %b, @one\n"
           "  %r = zext i1 %same to i32\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "round", 0), 1);
  cr_expect_eq(*(lzr_addr *)(uintptr_t)find(session, "one"),
               find(session, "two"));
  lzr_session_destroy(session);
}

Test(lazy, refuses_all_data_of_a_circle_that_is_not_whole) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  add_text(library, "one.ll",
           "@two = external global ptr\n"
           "@one = global ptr @two\n");
  add_text(library, "two.ll",
           "@one = external global ptr\n"
           "@nowhere = external global ptr\n"
           "@two = global [2 x ptr] [ptr @one, ptr @nowhere]\n");
  add_text(library, "apart.ll", "@apart = global i32 4\n");
  for (int i = 0; i < 2; i++) {
    FAILS(lzr_library_lookup(library, "one", &address), SYMBOL, "data");
    FAILS(lzr_library_lookup(library, "two", &address), SYMBOL, "data");
  }
  cr_expect_eq(*(int *)(uintptr_t)find(session, "apart"), 4);
  lzr_session_destroy(session);
}

static const char thread_local_counter[] =
    "@mine = thread_local global i32 10\n"
    "define i32 @up(i32 %x) {\n"
    "  %v = load i32, ptr @mine\n"
    "  %s = add i32 %v, %x\n"
    "  store i32 %s, ptr @mine\n"
    "  ret i32 %s\n"
    "}\n";

static void *call_twice(void *data) {
  int *x = data;
  lzr_addr up = find(current, "up");
  call(up, *x);
  *x = call(up, *x);
  return NULL;
}

Test(lazy, gives_each_thread_its_own_thread_local_variables) {
  current = open_text(thread_local_counter);
  pthread_t thread;
  int one = 1, two = 2;
  call_twice(&one);
  pthread_create(&thread, NULL, call_twice, &two);
  pthread_join(thread, NULL);
  cr_expect_eq(one, 12);
  cr_expect_eq(two, 14);
  cr_expect_eq(call_named(current, "up", 0), 12);
  lzr_session_destroy(current);
}

/* Threads. */

enum { THREADS = 8, MANY = 200 };

static lzr_addr many[MANY];
static pthread_barrier_t barrier;
static atomic_int wrong;

/* A session with functions, none of which has been called. */
static lzr_session *open_many(unsigned compile_threads) {
  lzr_session *session = open_session_of_threads(compile_threads);
  char name[16], *text = many_functions(MANY);
  add_text(lzr_session_main_library(session), "many.ll", text);
  free(text);
  for (int i = 0; i < MANY; i++) {
    snprintf(name, sizeof name, "f%d", i);
    many[i] = find(session, name);
  }
  atomic_store(&wrong, 0);
  return session;
}

static void call_many(int i, int x) {
  if (call(many[i], x) != many_expected(i, x))
    atomic_fetch_add(&wrong, 1);
}

static void *call_first(void *data) {
  (void)data;
  pthread_barrier_wait(&barrier);
  call_many(0, 5);
  return NULL;
}

Test(lazy, compiles_a_function_once_that_eight_threads_call_first) {
  pthread_t threads[THREADS];
  lzr_session *session = open_many(2);
  pthread_barrier_init(&barrier, NULL, THREADS);
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, call_first, NULL);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&barrier);
  cr_expect_eq(wrong, 0);
  cr_expect_eq(count(session).functions_compiled, 1);
  lzr_session_destroy(session);
}

static void *call_all(void *data) {
  (void)data;
  for (int i = 0; i < MANY; i++)
    call_many(i, i);
  return NULL;
}

Test(lazy, lets_modules_be_added_while_others_make_first_calls) {
  pthread_t threads[2];
  lzr_session *session = open_many(2);
  lzr_library *library = lzr_session_main_library(session);
  for (int i = 0; i < 2; i++)
    pthread_create(&threads[i], NULL, call_all, NULL);
  for (int i = 0; i < 30; i++) {
    char text[128], name[32];
    snprintf(name, sizeof name, "more%d", i);
    snprintf(text, sizeof text, "define i32 @%s() {\n  ret i32 %d\n}\n", name,
             i);
    add_text(library, name, text);
    cr_expect_eq(call_in(library, name, 0), i);
  }
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  cr_expect_eq(wrong, 0);
  cr_expect_eq(count(session).functions_compiled, MANY + 30);
  lzr_session_destroy(session);
}

/* Or of what libc grants at least: 128 KiB on AArch64. */
Test(lazy, makes_first_calls_on_a_stack_of_32_kib) {
  const long least = sysconf(_SC_THREAD_STACK_MIN), wanted = 32 << 10;
  pthread_t thread;
  pthread_attr_t attributes;
  lzr_session *session = open_many(1);
  pthread_attr_init(&attributes);
  cr_assert_eq(pthread_attr_setstacksize(
                   &attributes, (size_t)(least > wanted ? least : wanted)),
               0);
  cr_assert_eq(pthread_create(&thread, &attributes, call_all, NULL), 0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  cr_expect_eq(wrong, 0);
  lzr_session_destroy(session);
}

/* Signals. */

static atomic_int in_handler; /* functions called, from the last one down */

static void handle(int signal) {
  (void)signal;
  int i = MANY - 1 - atomic_fetch_add(&in_handler, 1);
  if (i >= 0)
    call_many(i, 7);
}

static void install_handler(void) {
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
  atomic_store(&in_handler, 0);
  cr_assert_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

Test(lazy, makes_a_first_call_in_a_signal_handler) {
  lzr_session *session = open_many(1);
  install_handler();
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  cr_expect_eq(in_handler, 2);
  cr_expect_eq(wrong, 0);
  cr_expect_eq(count(session).functions_compiled, 2);
  lzr_session_destroy(session);
}

/* For the calling thread, and those that it makes. While a thread starts and
   ends, AddressSanitizer frees memory on it, under locks that a compilation
   needs as well: a handler that waits for one must not interrupt that. */
static void let_signals_in(bool in) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(in ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

static atomic_bool calling;

static void *call_all_and_say_so(void *data) {
  let_signals_in(true);
  call_all(data);
  let_signals_in(false);
  atomic_store(&calling, false);
  return NULL;
}

Test(lazy, makes_first_calls_in_handlers_that_interrupt_first_calls) {
  pthread_t thread;
  struct timespec pause = {.tv_nsec = 200000};
  lzr_session *session = open_many(1);
  install_handler();
  let_signals_in(false);
  atomic_store(&calling, true);
  cr_assert_eq(pthread_create(&thread, NULL, call_all_and_say_so, NULL), 0);
  while (atomic_load(&calling)) {
    pthread_kill(thread, SIGUSR1);
    nanosleep(&pause, NULL);
  }
  pthread_join(thread, NULL);
  cr_expect_gt(in_handler, 0);
  cr_expect_eq(wrong, 0);
  cr_expect_eq(count(session).functions_compiled, MANY);
  lzr_session_destroy(session);
}

/* Takes the session's lock most of the time, and none of malloc's, because a
   handler may not interrupt those. */
static void *use_library(void *data) {
  lzr_session *session = data;
  let_signals_in(true);
  while (atomic_load(&in_handler) < MANY / 2)
    for (int i = 0; i < 1000; i++)
      if (lzr_session_take_failure(session))
        wrong++;
  let_signals_in(false);
  atomic_store(&calling, false);
  return NULL;
}

/* Signals come seldom enough that they find the thread outside the handler. */
Test(lazy, makes_first_calls_in_handlers_that_interrupt_the_library) {
  pthread_t thread;
  struct timespec pause = {.tv_nsec = 1000000};
  lzr_session *session = open_many(1);
  install_handler();
  let_signals_in(false);
  atomic_store(&calling, true);
  cr_assert_eq(pthread_create(&thread, NULL, use_library, session), 0);
  while (atomic_load(&calling)) {
    pthread_kill(thread, SIGUSR1);
    nanosleep(&pause, NULL);
  }
  pthread_join(thread, NULL);
  cr_expect_eq(wrong, 0);
  lzr_session_destroy(session);
}

/* Forks. */

static int call_range(int first, int end) {
  atomic_store(&wrong, 0);
  for (int i = first; i < end; i++)
    call_many(i, i);
  return atomic_load(&wrong) != 0;
}

Test(lazy, makes_first_calls_in_the_child_and_in_the_parent_of_a_fork) {
  lzr_session *session = open_many(2);
  cr_expect_eq(call_range(0, 20), 0);
  pid_t child = fork_child();
  if (child == 0)
    _exit(call_range(0, 60));
  cr_expect_eq(call_range(10, 80), 0);
  cr_expect_eq(wait_for(child), 0);
  cr_expect_eq(call_range(0, MANY), 0);
  lzr_session_destroy(session);
}

Test(lazy, brings_data_in_on_both_sides_of_a_fork_each_its_own) {
  lzr_session *session = open_text(counter);
  pid_t child = fork_child();
  if (child == 0)
    _exit(call_named(session, "up", 5));
  cr_expect_eq(wait_for(child), 45);
  cr_expect_eq(call_named(session, "get", 0), 40);
  child = fork_child();
  if (child == 0)
    _exit(call_named(session, "up", 1));
  cr_expect_eq(wait_for(child), 41);
  cr_expect_eq(call_named(session, "get", 0), 40);
  lzr_session_destroy(session);
}

Test(lazy, lets_a_child_destroy_the_session) {
  lzr_session *session = open_many(2);
  cr_expect_eq(call_range(0, 10), 0);
  pid_t child = fork_child();
  if (child == 0) {
    int failed = call_range(5, 20);
    lzr_session_destroy(session);
    _exit(failed);
  }
  cr_expect_eq(wait_for(child), 0);
  lzr_session_destroy(session);
}

static void *fork_and_wait(void *data) {
  for (int i = 0; i < 5; i++) {
    pid_t child = fork_child();
    if (child == 0)
      _exit(call_range(0, MANY / 4));
    int status = -1;
    waitpid(child, &status, 0);
    *(int *)data += status == 0;
  }
  return NULL;
}

/* AddressSanitizer's allocator does not survive the fork of a process whose
   other threads are allocating. */
#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN true
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN false
#endif

Test(lazy, survives_forks_of_several_threads_among_first_calls,
     .disabled = WITH_ASAN) {
  pthread_t forking[3], calling_too[2];
  int good[3] = {0};
  lzr_session *session = open_many(2);
  for (int i = 0; i < 3; i++)
    pthread_create(&forking[i], NULL, fork_and_wait, &good[i]);
  for (int i = 0; i < 2; i++)
    pthread_create(&calling_too[i], NULL, call_all, NULL);
  for (int i = 0; i < 2; i++)
    pthread_join(calling_too[i], NULL);
  for (int i = 0; i < 3; i++)
    pthread_join(forking[i], NULL);
  for (int i = 0; i < 3; i++)
    cr_expect_eq(good[i], 5, "%d of 5 children of thread %d", good[i], i);
  cr_expect_eq(wrong, 0);
  lzr_session_destroy(session);
}

/* All at once. */

Test(lazy, compiles_everything_when_told_to_and_nothing_after_that) {
  lzr_session *session = open_many(1);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "counter.ll", counter);
  succeed(lzr_library_compile(library, false));
  struct lzr_session_statistics before = count(session);
  cr_expect_eq(before.functions_compiled, MANY + 2);
  call_all(NULL);
  cr_expect_eq(call_named(session, "up", 2), 42);
  cr_expect_eq(wrong, 0);
  struct lzr_session_statistics after = count(session);
  cr_expect_eq(after.units, before.units);
  cr_expect_eq(after.functions_compiled, before.functions_compiled);
  lzr_session_destroy(session);
}

Test(lazy, compiles_everything_after_some_functions_were_called) {
  lzr_session *session = open_many(1);
  cr_expect_eq(call_range(20, 40), 0);
  succeed(lzr_library_compile(lzr_session_main_library(session), true));
  cr_expect_eq(count(session).functions_compiled, MANY);
  cr_expect_eq(call_range(0, MANY), 0);
  lzr_session_destroy(session);
}

Test(lazy, lists_all_that_is_missing_when_told_to_check) {
  enum { MISSING = 60 };
  char *text = NULL, name[64];
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (int i = 0; i < MISSING; i++)
    fprintf(out,
            "declare i32 @missing_from_everywhere_%d(i32)\n"
            "define i32 @caller_%d(i32 %%x) {\n"
            "  %%r = call i32 @missing_from_everywhere_%d(i32 %%x)\n"
            "  ret i32 %%r\n"
            "}\n",
            i, i, i);
  fclose(out);
  lzr_session *session = open_text(text);
  free(text);
  lzr_error *error =
      lzr_library_compile(lzr_session_main_library(session), true);
  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_SYMBOL);
  for (int i = 0; i < MISSING; i++) {
    snprintf(name, sizeof name, "missing_from_everywhere_%d", i);
    cr_expect(strstr(lzr_error_message(error), name), "%s is not listed", name);
  }
  lzr_error_destroy(error);
  lzr_session_destroy(session);
}

Test(lazy, lists_missing_data_and_functions_with_who_needs_them) {
  lzr_session *session = open_text("@no_data = external global i32\n"
                                   "declare i32 @no_function()\n"
                                   "define i32 @reader() {\n"
                                   "  %r = load i32, ptr @no_data\n"
                                   "  ret i32 %r\n"
                                   "}\n"
                                   "define i32 @caller() {\n"
                                   "  %r = call i32 @no_function()\n"
                                   "  ret i32 %r\n"
                                   "}\n"
                                   "define i32 @whole() {\n"
                                   "  ret i32 5\n"
                                   "}\n");
  FAILS(lzr_library_compile(lzr_session_main_library(session), true), SYMBOL,
        "test.ll", "'reader'", "no_data", "'caller'", "no_function");
  cr_expect_eq(call_named(session, "whole", 0), 5);
  lzr_session_destroy(session);
}

/* Where an address lies. */

static lzr_addr return_address;

static int note_return_address(int x) {
  return_address = (lzr_addr)(uintptr_t)__builtin_return_address(0);
  return x;
}

Test(lazy, describes_addresses_in_compiled_functions) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  succeed(lzr_library_define(library, "note_return_address",
                             address_of(note_return_address)));
  add_text(library, "caller.ll",
           "declare i32 @note_return_address(i32)\n"
           "define i32 @the_caller(i32 %x) {\n"
           "  %y = call i32 @note_return_address(i32 %x)\n"
           "  %r = add i32 %y, 1\n"
           "  ret i32 %r\n"
           "}\n");
  cr_assert_eq(call_named(session, "the_caller", 4), 5);
  struct lzr_function_info inside = {.size = sizeof inside};
  struct lzr_function_info start = {.size = sizeof start};
  cr_assert(lzr_session_describe(session, return_address, &inside));
  cr_expect_str_eq(inside.name, "the_caller");
  cr_expect_str_eq(inside.module, "caller.ll");
  cr_expect_gt(return_address, inside.address);
  cr_expect_lt(return_address, inside.address + 100);
  cr_expect(lzr_session_describe(session, inside.address, &start));
  cr_expect_eq(start.address, inside.address);
  cr_expect_eq(start.unit, inside.unit);
  lzr_session_destroy(session);
}

Test(lazy, describes_no_other_addresses) {
  lzr_session *session = open_text(counter);
  struct lzr_function_info function = {.size = sizeof function};
  call_named(session, "up", 1);
  lzr_addr others[] = {0, find(session, "counter"), find(session, "up"),
                       address_of(note_return_address), UINT64_MAX};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    cr_expect_not(lzr_session_describe(session, others[i], &function), "%#llx",
                  (unsigned long long)others[i]);
  lzr_session_destroy(session);
}

Test(lazy, describes_one_of_many_functions) {
  lzr_session *session = open_session(NULL);
  char *text = many_functions(600);
  add_text(lzr_session_main_library(session), "many.ll", text);
  free(text);
  succeed(lzr_library_compile(lzr_session_main_library(session), false));
  struct lzr_function_info *functions;
  size_t count;
  succeed(lzr_session_list_functions(session, &functions, &count));
  cr_assert_eq(count, 600);
  for (size_t i = 0; i < count; i++) {
    const struct lzr_function_info *function = &functions[i];
    struct lzr_function_info described = {.size = sizeof described};
    if (i > 0)
      cr_expect_geq(function->address,
                    functions[i - 1].address + functions[i - 1].code_size);
    cr_assert(lzr_session_describe(
        session, function->address + function->code_size - 1, &described));
    cr_expect_str_eq(described.name, function->name);
    cr_expect_eq(described.address, function->address);
    cr_expect_eq(described.version, 0);
  }
  free(functions);
  lzr_session_destroy(session);
}

/* A client that was compiled when the struct was shorter. */
Test(lazy, describes_to_clients_with_a_shorter_struct) {
  lzr_session *session = open_text(counter);
  call_named(session, "up", 1);
  struct lzr_function_info *functions;
  size_t count;
  succeed(lzr_session_list_functions(session, &functions, &count));
  cr_assert_eq(count, 1);
  struct lzr_function_info shorter = {
      .size = offsetof(struct lzr_function_info, unit), .unit = 77};
  cr_assert(lzr_session_describe(session, functions[0].address, &shorter));
  cr_expect_str_eq(shorter.name, "up");
  cr_expect_eq(shorter.unit, 77);
  free(functions);
  lzr_session_destroy(session);
}
