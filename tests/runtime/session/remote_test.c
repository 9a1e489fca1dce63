/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Sessions over executors: lazyrun's, and LLVM's of 22 and 19 where they are
   installed. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "indirection/indirection.h"
#include "tests/lazy_support.h"
#include "tests/memory_support.h"
#include "tpc/remote.h"

TestSuite(remote_session, .timeout = 60);

/* Copied as they are: Criterion runs each test in a process of its own. */
typedef char command[256];
static command commands[] = {LZR_EXECUTOR, "llvm-jitlink-executor-22",
                             "llvm-jitlink-executor-19"};

static lzr_tpc *tpc; /* the session's */

static lzr_session *launch(const char *executor,
                           const struct lzr_session_options *options) {
  struct lzr_remote_options remote = {.size = sizeof remote,
                                      .launch = executor};
  lzr_session *session = NULL;
  char line[300];
  snprintf(line, sizeof line, "command -v '%s' >/dev/null", executor);
  if (system(line) != 0)
    cr_skip_test("%s is not installed", executor);
  succeed(lzr_tpc_create_remote(&remote, &tpc));
  succeed(lzr_session_create(tpc, options, &session));
  return session;
}

static int call_remote(lzr_session *session, const char *name, int x) {
  static const lzr_type types[] = {LZR_TYPE_I32};
  static const struct lzr_signature signature = {LZR_TYPE_I32, types, 1, 1};
  lzr_value value = {.i = x}, result = {.i = 0};
  succeed(lzr_session_call(session, name, &signature, &value, &result));
  return (int)result.i;
}

static const char text[] = "@counter = global i32 4\n"
                           "declare i32 @nowhere(i32)\n"
                           "define i32 @bad(i32 %x) {\n"
                           "  %r = call i32 @nowhere(i32 %x)\n"
                           "  %s = add i32 %r, 1\n"
                           "  ret i32 %s\n"
                           "}\n"
                           "define i32 @fib(i32 %n) {\n"
                           "  %small = icmp slt i32 %n, 2\n"
                           "  br i1 %small, label %end, label %more\n"
                           "more:\n"
                           "  %a = sub i32 %n, 1\n"
                           "  %b = sub i32 %n, 2\n"
                           "  %x = call i32 @fib(i32 %a)\n"
                           "  %y = call i32 @fib(i32 %b)\n"
                           "  %z = add i32 %x, %y\n"
                           "  ret i32 %z\n"
                           "end:\n"
                           "  ret i32 %n\n"
                           "}\n"
                           "define i32 @up(i32 %x) {\n"
                           "  %v = load i32, ptr @counter\n"
                           "  %w = add i32 %v, %x\n"
                           "  store i32 %w, ptr @counter\n"
                           "  ret i32 %w\n"
                           "}\n";

static const char late[] = "define i32 @nowhere(i32 %x) {\n"
                           "  %r = mul i32 %x, 3\n"
                           "  ret i32 %r\n"
                           "}\n";

#define TestEach(name)                                                         \
  static void name(const char *executor);                                      \
  ParameterizedTestParameters(remote_session, name) {                          \
    return cr_make_param_array(command, commands,                              \
                               sizeof commands / sizeof commands[0]);          \
  }                                                                            \
  ParameterizedTest(command *which, remote_session, name) {                    \
    name(*which);                                                              \
  }                                                                            \
  static void name(const char *executor)

/* What a failed call returns to returns 0. */
TestEach(goes_on_after_a_first_call_that_failed) {
  struct failures failures = {0};
  struct lzr_session_options options = session_options();
  options.on_failure = note_failure;
  options.data = &failures;
  lzr_session *session = launch(executor, &options);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "test.ll", text);
  cr_expect_eq(call_remote(session, "bad", 5), 1);
  cr_expect_eq(failures.count, 1);
  cr_expect_not_null(strstr(failures.message, "test.ll"), "%s",
                     failures.message);
  cr_expect_not_null(strstr(failures.message, "'bad' calls 'nowhere'"), "%s",
                     failures.message);
  cr_expect_eq(call_remote(session, "fib", 15), 610);
  add_text(library, "late.ll", late);
  cr_expect_eq(call_remote(session, "bad", 5), 16);
  cr_expect_eq(failures.count, 1);
  lzr_session_destroy(session);
}

/* Callees by the hundred, more than a block of stubs has. */
TestEach(calls_many_functions_for_the_first_time) {
  enum { MANY = 400 };
  char *module = NULL;
  size_t size;
  lzr_session *session = launch(executor, NULL);
  FILE *out = open_memstream(&module, &size);
  fputs("@sum = global i32 0\n", out);
  for (int i = 0; i < MANY; i++)
    fprintf(out,
            "define internal i32 @f%d(i32 %%x) noinline {\n"
            "  %%v = load i32, ptr @sum\n"
            "  %%w = add i32 %%v, %d\n"
            "  store i32 %%w, ptr @sum\n"
            "  ret i32 %%w\n"
            "}\n",
            i, i);
  fputs("define i32 @all(i32 %x) {\n", out);
  for (int i = 0; i < MANY; i++)
    fprintf(out, "  %%r%d = call i32 @f%d(i32 0)\n", i, i);
  fprintf(out, "  ret i32 %%r%d\n}\n", MANY - 1);
  fclose(out);
  add_text(lzr_session_main_library(session), "many.ll", module);
  free(module);
  cr_expect_eq(call_remote(session, "all", 0), MANY * (MANY - 1) / 2);
  cr_expect_eq(call_remote(session, "all", 0), MANY * (MANY - 1));
  cr_expect_eq(count(session).functions_compiled, MANY + 1);
  lzr_session_destroy(session);
}

/* Destroying an indirection takes nothing from other users of its TPC. */
TestEach(survives_another_indirection_over_the_same_target) {
  lzr_session *session = launch(executor, NULL);
  lzr_indirection *other;
  add_text(lzr_session_main_library(session), "test.ll", text);
  cr_expect_eq(call_remote(session, "fib", 10), 55);
  succeed(lzr_indirection_create(tpc, &other));
  lzr_indirection_destroy(other);
  cr_expect_eq(call_remote(session, "up", 38), 42);
  cr_expect_eq(call_remote(session, "up", 1), 43);
  lzr_session_destroy(session);
}

/* ---- Modules that come and go -------------------------------------------- */

/* The only child of this process. */
static pid_t child_process(void) {
  char path[64];
  int child = 0;
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)gettid());
  FILE *file = fopen(path, "r");
  cr_assert(file && fscanf(file, "%d", &child) == 1);
  fclose(file);
  return child;
}

TestEach(removes_and_replaces_modules) {
  struct failures failures = {0};
  struct lzr_session_options options = session_options();
  options.on_failure = note_failure;
  options.data = &failures;
  lzr_session *session = launch(executor, &options);
  lzr_library *library = lzr_session_main_library(session);
  lzr_module_handle *old, *new;
  add_text(library, "main.ll", caller_text("g", "f"));
  for (int i = 1; i < 5; i++) {
    old = add_module(library, "a.ll", constant_text("f", i));
    cr_expect_eq(call_remote(session, "g", 0), 100 + i);
    new = replace_module(library, "b.ll", constant_text("f", 10 * i));
    cr_expect_eq(call_remote(session, "g", 0), 100 + 10 * i);
    remove_module(old);
    cr_expect_eq(call_remote(session, "g", 0), 100 + 10 * i);
    remove_module(new);
    cr_expect_eq(call_remote(session, "g", 0), 100);
    cr_expect_eq(failures.count, i);
    cr_expect_str_eq(failures.function, "f");
  }
  lzr_session_destroy(session);
}

TestEach(asks_for_lazy_definitions_at_first_calls) {
  struct failures failures = {0};
  struct lzr_session_options options = session_options();
  options.on_failure = note_failure;
  options.data = &failures;
  lzr_session *session = launch(executor, &options);
  lzr_library *library = lzr_session_main_library(session);
  struct lazy broken = {.complaint = "no such type"};
  add_text(library, "main.ll", caller_text("g", "f"));
  for (int i = 1; i < 4; i++) {
    struct lazy lazy = {.text = "@v = global i32 30\n"
                                "define i32 @body(i32 %x) {\n"
                                "  %v = load i32, ptr @v\n"
                                "  ret i32 %v\n}\n"
                                "@f = alias i32 (i32), ptr @body\n"
                                "define i32 @h(i32 %x) {\n"
                                "  %r = call i32 @f(i32 %x)\n"
                                "  ret i32 %r\n}\n"};
    lzr_module_handle *module;
    succeed(DEFINE_LAZY(library, &lazy, &module, LAZY_FUNCTION("f"),
                        LAZY_FUNCTION("h"), LAZY_VARIABLE("v")));
    cr_expect_eq(call_remote(session, "g", 0), 130);
    cr_expect_eq(call_remote(session, "h", 0), 30);
    cr_expect_eq(lazy.asked, 1);
    remove_module(module);
    cr_expect_eq(lazy.destroyed, 1);
  }
  cr_expect_eq(failures.count, 0);
  succeed(DEFINE_LAZY(library, &broken, NULL, LAZY_FUNCTION("f")));
  cr_expect_eq(call_remote(session, "g", 0), 100);
  cr_expect_str_eq(failures.message, "lazy: function 'f': no such type");
  lzr_session_destroy(session);
}

TestEach(asks_a_generator_for_what_is_nowhere) {
  struct lazy lazy = {.text = constant_text("made", 7)};
  struct generator generator = {.lazy = &lazy,
                                .lazy_name = "made",
                                .text_name = "number",
                                .text = "@number = global i32 30\n"};
  lzr_session *session = launch(executor, NULL);
  lzr_library *library = lzr_session_main_library(session);
  search_generator(library, &generator);
  add_text(library, "main.ll",
           "declare i32 @made(i32)\n"
           "declare i32 @labs(i32)\n"
           "@number = external global i32\n"
           "define i32 @sum(i32 %x) {\n"
           "  %a = call i32 @made(i32 %x)\n"
           "  %b = load i32, ptr @number\n"
           "  %c = call i32 @labs(i32 %b)\n"
           "  %d = add i32 %a, %c\n"
           "  ret i32 %d\n}\n");
  cr_expect_eq(call_remote(session, "sum", 0), 37);
  cr_expect_eq(generator.asked, 1);
  cr_expect_null(strstr(generator.names, "labs"), "%s", generator.names);
  lzr_session_destroy(session);
}

Test(remote_session, leaves_memory_as_it_was_when_modules_have_gone) {
  enum { WARM_UP = 400 / FEWER, CYCLES = 800 / FEWER };
  struct memory warm = {0}, there = {0}, at_end;
  lzr_session *session = launch(LZR_EXECUTOR, NULL);
  lzr_library *library = lzr_session_main_library(session);
  pid_t child = child_process();
  add_text(library, "main.ll", caller_text("g", "f"));
  for (int i = 0; i < WARM_UP + CYCLES; i++) {
    if (i == WARM_UP) {
      warm = memory_of(getpid());
      there = memory_of(child);
    }
    lzr_module_handle *module =
        add_module(library, "m.ll",
                   "@v = thread_local global i32 5\n"
                   "@w = global [5000 x i32] zeroinitializer\n"
                   "define i32 @f(i32 %x) uwtable {\n"
                   "  %v = load i32, ptr @v\n"
                   "  store i32 %v, ptr @w\n"
                   "  store i32 6, ptr @v\n"
                   "  ret i32 %v\n"
                   "}\n");
    cr_assert_eq(call_remote(session, "g", 0), 105);
    remove_module(module);
  }
  at_end = memory_of(getpid());
  expect_flat(&warm, &at_end);
  at_end = memory_of(child);
  expect_flat(&there, &at_end);
  lzr_session_destroy(session);
}
