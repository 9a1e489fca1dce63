/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/remove.h"

#include "tests/lazy_support.h"
#include "tests/memory_support.h"

TestSuite(build_remove, .timeout = 280);

/* A module with code, constants, data, unwind records, a thread-local variable,
   a stub that others may take, and a call of something from outside. */
static const char *text_of(int i) {
  static char text[900];
  snprintf(text, sizeof text,
           "@data = internal global i32 %d\n"
           "@own = internal thread_local global i32 1\n"
           "@name = private unnamed_addr constant [5 x i8] c\"-987\\00\"\n"
           "declare i32 @atoi(ptr)\n"
           "declare i32 @nowhere%d(i32)\n"
           "define internal i32 @helper(i32 %%x) uwtable {\n"
           "  %%never = icmp eq i32 %%x, 123456\n"
           "  br i1 %%never, label %%a, label %%b\n"
           "a:\n"
           "  %%n = call i32 @nowhere%d(i32 %%x)\n"
           "  ret i32 %%n\n"
           "b:\n"
           "  %%t = load i32, ptr @own\n"
           "  ret i32 %%t\n"
           "}\n"
           "define i32 @f(i32 %%x) uwtable {\n"
           "  %%d = load i32, ptr @data\n"
           "  %%a = call i32 @atoi(ptr @name)\n"
           "  %%h = call i32 @helper(i32 %%x)\n"
           "  %%s = add i32 %%d, %%a\n"
           "  %%r = add i32 %%s, %%h\n"
           "  ret i32 %%r\n"
           "}\n",
           i, i, i);
  return text;
}

enum { WARM_UP = 400 / FEWER, CYCLES = 800 / FEWER };

static void cycle(bool replaces) {
  struct memory warm = {0}, at_end;
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  lzr_module_handle *old = NULL, *new;
  add_text(library, "main.ll", caller_text("g", "f"));
  for (int i = 0; i < WARM_UP + CYCLES; i++) {
    if (i == WARM_UP)
      warm = memory_of(getpid());
    new = replaces ? replace_module(library, "m.ll", text_of(i))
                   : add_module(library, "m.ll", text_of(i));
    cr_assert_eq(call_named(session, "f", 0), i - 986);
    cr_assert_eq(call_named(session, "g", 0), i - 886);
    if (replaces && old)
      remove_module(old);
    if (!replaces)
      remove_module(new);
    old = new;
  }
  at_end = memory_of(getpid());
  expect_flat(&warm, &at_end);
  lzr_session_destroy(session);
}

Test(build_remove, leaves_memory_as_it_was) {
  cycle(false);
}

Test(build_remove, leaves_memory_as_it_was_after_replacing) {
  cycle(true);
}

/* Every second one is called before it goes, and is asked for its code. */
Test(build_remove, leaves_memory_as_it_was_after_lazy_definitions) {
  struct memory warm = {0}, at_end;
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "main.ll", caller_text("g", "f"));
  for (int i = 0; i < WARM_UP + CYCLES; i++) {
    struct lazy lazy = {.text = text_of(i)};
    lzr_module_handle *module;
    if (i == WARM_UP)
      warm = memory_of(getpid());
    succeed(DEFINE_LAZY(library, &lazy, &module, LAZY_FUNCTION("f")));
    if (i % 2)
      cr_assert_eq(call_named(session, "g", 0), i - 886);
    cr_assert_eq(lazy.asked, i % 2);
    remove_module(module);
    cr_assert_eq(lazy.destroyed, 1);
  }
  at_end = memory_of(getpid());
  expect_flat(&warm, &at_end);
  lzr_session_destroy(session);
}

Test(build_remove, needs_little_memory_for_a_module_that_stays) {
  enum { FEW = 200 / FEWER, MORE = 600 / FEWER };
  struct memory few = {0}, more;
  lzr_session *session = open_session(NULL);
  for (int i = 0; i < MORE; i++) {
    char name[32], text[160];
    if (i == FEW)
      few = memory_of(getpid());
    snprintf(name, sizeof name, "f%d", i);
    snprintf(text, sizeof text, "%s", constant_text(name, i));
    add_module(lzr_session_main_library(session), "m.ll", text);
    cr_assert_eq(call_named(session, name, 0), i);
  }
  more = memory_of(getpid());
  expect_at_most(&few, &more, (MORE - FEW) * 8L);
  lzr_session_destroy(session);
}
