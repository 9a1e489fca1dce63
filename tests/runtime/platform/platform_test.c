/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What libc has in its static part only, and the handlers that a session
   runs. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/runtime_support.h"

TestSuite(platform, .timeout = 60);

static int notes[16];
static int note_count;

static int note(int x) {
  notes[note_count++ % 16] = x;
  return x;
}

static void expect_notes(int expected_count, const int *expected) {
  cr_expect_eq(note_count, expected_count, "%d notes", note_count);
  for (int i = 0; i < expected_count && i < note_count; i++)
    cr_expect_eq(notes[i], expected[i], "note %d is %d", i, notes[i]);
  note_count = 0;
}
#define EXPECT_NOTES(...)                                                      \
  expect_notes(sizeof((int[]){__VA_ARGS__}) / sizeof(int),                     \
               (const int[]){__VA_ARGS__})

#define HANDLER(name, value)                                                   \
  "define internal void @" name "() {\n"                                       \
  "  call i32 @note(i32 " value ")\n"                                          \
  "  ret void\n"                                                               \
  "}\n"

static const char handlers[] =
    "declare i32 @note(i32)\n"
    "declare i32 @atexit(ptr)\n"
    "declare i32 @at_quick_exit(ptr)\n"
    "declare i32 @on_exit(ptr, ptr)\n"
    "declare i32 @pthread_atfork(ptr, ptr, ptr)\n"
    "declare void @__stack_chk_fail_local()\n"
    "@datum = global i32 30\n" HANDLER("one", "1") HANDLER("two", "2") HANDLER(
        "quick", "5") HANDLER("prepare", "6") HANDLER("parent", "7")
        HANDLER("child",
                "8") "define internal void @told(i32 %status, ptr %data) {\n"
                     "  %d = load i32, ptr %data\n"
                     "  %s = add i32 %d, %status\n"
                     "  call i32 @note(i32 %s)\n"
                     "  ret void\n"
                     "}\n"
                     "define i32 @register() {\n"
                     "  call i32 @atexit(ptr @one)\n"
                     "  %r = call i32 @atexit(ptr @two)\n"
                     "  ret i32 %r\n"
                     "}\n"
                     "define i32 @register_told() {\n"
                     "  %r = call i32 @on_exit(ptr @told, ptr @datum)\n"
                     "  ret i32 %r\n"
                     "}\n"
                     "define i32 @register_quick() {\n"
                     "  %r = call i32 @at_quick_exit(ptr @quick)\n"
                     "  ret i32 %r\n"
                     "}\n"
                     "define i32 @register_fork() {\n"
                     "  %r = call i32 @pthread_atfork(ptr @prepare, ptr "
                     "@parent, ptr @child)\n"
                     "  ret i32 %r\n"
                     "}\n"
                     "define i32 @smash() {\n"
                     "  call void @__stack_chk_fail_local()\n"
                     "  ret i32 0\n"
                     "}\n";

static lzr_session *open_handlers(void) {
  lzr_session *session = open_text(handlers);
  succeed(lzr_library_define(lzr_session_main_library(session), "note",
                             address_of(note)));
  return session;
}

/* ---- Handlers ------------------------------------------------------------ */

/* They are first calls, too. */
Test(platform, runs_exit_handlers_backwards_when_the_session_ends) {
  lzr_session *session = open_handlers();
  cr_expect_eq(call_named(session, "register", 0), 0);
  cr_expect_eq(call_named(session, "register_told", 0), 0);
  cr_expect_eq(call_named(session, "register", 0), 0);
  cr_expect_eq(note_count, 0);
  lzr_session_destroy(session);
  EXPECT_NOTES(2, 1, 30, 2, 1);
}

Test(platform, runs_only_its_own_session_s_handlers) {
  lzr_session *one = open_handlers(), *two = open_handlers();
  cr_expect_eq(call_named(one, "register", 0), 0);
  cr_expect_eq(call_named(two, "register_told", 0), 0);
  lzr_session_destroy(two);
  EXPECT_NOTES(30);
  lzr_session_destroy(one);
  EXPECT_NOTES(2, 1);
}

static void report_notes(void) {
  _exit(note_count == 1 ? notes[0] : 100 + note_count);
}

/* Whoever runs them: libc, or, once something was compiled after they were
   registered, the session. */
Test(platform, tells_handlers_of_on_exit_the_status_of_the_process) {
  for (int compiles = 0; compiles < 2; compiles++) {
    pid_t child = fork_child();
    if (child == 0) {
      atexit(report_notes); /* runs last */
      lzr_session *session = open_handlers();
      call_named(session, "register_told", 0);
      if (compiles)
        call_named(session, "register_quick", 0);
      exit(4);
    }
    cr_expect_eq(wait_for(child), 34);
  }
}

Test(platform, runs_handlers_of_at_quick_exit_then_and_never_else) {
  lzr_session *session;
  pid_t child = fork_child();
  if (child == 0) {
    at_quick_exit(report_notes);
    call_named(open_handlers(), "register_quick", 0);
    quick_exit(4);
  }
  cr_expect_eq(wait_for(child), 5);
  session = open_handlers();
  cr_expect_eq(call_named(session, "register_quick", 0), 0);
  lzr_session_destroy(session);
  cr_expect_eq(note_count, 0);
}

Test(platform, runs_handlers_of_forks_as_long_as_the_session_lives) {
  lzr_session *session = open_handlers();
  cr_expect_eq(call_named(session, "register_fork", 0), 0);
  pid_t child = fork_child();
  if (child == 0)
    _exit(note_count == 2 && notes[0] == 6 && notes[1] == 8);
  cr_expect_eq(wait_for(child), 1);
  EXPECT_NOTES(6, 7);
  lzr_session_destroy(session);
  child = fork_child(); /* the handlers' code is gone */
  if (child == 0)
    _exit(note_count);
  cr_expect_eq(wait_for(child), 0);
  cr_expect_eq(note_count, 0);
}

Test(platform, ends_a_process_whose_stack_was_overwritten) {
  pid_t child = fork_child();
  if (child == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGABRT, SIG_DFL);
    fclose(stderr);
    close(STDERR_FILENO);
    call_named(open_handlers(), "smash", 0);
    _exit(0);
  }
  cr_expect_eq(wait_for(child), 1000 + SIGABRT);
}

/* ---- Names --------------------------------------------------------------- */

Test(platform, gives_every_name_an_address_of_its_own) {
  static const char *const names[] = {
      "atexit",         "at_quick_exit",    "on_exit",
      "pthread_atfork", "__pthread_atfork", "__stack_chk_fail_local",
      "__dso_handle",   "__tls_get_addr"};
  enum { NAMES = sizeof names / sizeof *names };
  lzr_session *session = open_session(NULL);
  lzr_addr addresses[NAMES];
  for (int i = 0; i < NAMES; i++) {
    addresses[i] = find(session, names[i]);
    cr_expect_eq(find(session, names[i]), addresses[i], "%s", names[i]);
    for (int j = 0; j < i; j++)
      cr_expect_neq(addresses[i], addresses[j], "%s, %s", names[i], names[j]);
  }
  lzr_session_destroy(session);
}

Test(platform, makes_nothing_that_no_program_asked_for) {
  lzr_session *session = open_text("define i32 @f() {\n"
                                   "  ret i32 3\n"
                                   "}\n");
  cr_expect_eq(call_named(session, "f", 0), 3);
  cr_expect_eq(count(session).functions_defined, 1);
  lzr_session_destroy(session);
}

Test(platform, comes_after_the_program_s_own_definitions) {
  lzr_session *session = open_handlers();
  add_text(lzr_session_main_library(session), "own.ll",
           "define i32 @atexit(ptr %f) {\n"
           "  ret i32 66\n"
           "}\n");
  cr_expect_eq(call_named(session, "register", 0), 66);
  lzr_session_destroy(session);
  cr_expect_eq(note_count, 0);
}

Test(platform, is_hidden_with_the_process) {
  struct lzr_session_options options = session_options();
  lzr_addr address;
  options.no_process_symbols = true;
  lzr_session *session = open_session(&options);
  FAILS(
      lzr_library_lookup(lzr_session_main_library(session), "atexit", &address),
      SYMBOL, "'atexit' is not defined");
  find(session, "__dso_handle"); /* code of C++ cannot be without */
  lzr_session_destroy(session);
}

static void *register_both(void *data) {
  call_named(data, "register", 0);
  call_named(data, "register_told", 0);
  return NULL;
}

Test(platform, provides_names_that_several_threads_ask_for_at_once) {
  for (int round = 0; round < 20; round++) {
    pthread_t threads[4];
    struct lzr_session_options options = session_options();
    options.compile_threads = 4;
    lzr_session *session = open_session(&options);
    lzr_library *library = lzr_session_main_library(session);
    add_text(library, "handlers.ll", handlers);
    succeed(lzr_library_define(library, "note", address_of(note)));
    for (int i = 0; i < 4; i++)
      pthread_create(&threads[i], NULL, register_both, session);
    for (int i = 0; i < 4; i++)
      pthread_join(threads[i], NULL);
    lzr_session_destroy(session);
    cr_expect_eq(note_count, 12, "%d notes", note_count);
    note_count = 0;
  }
}
