/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/show.h"

#include <dlfcn.h>

#include "runtime/session/session.h"
#include "tests/runtime_support.h"

TestSuite(show, .timeout = 120);

static lzr_session *open_own_process(const char *text) {
  struct lzr_session_options options = session_options();
  options.owns_process = true;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "test.ll", text);
  return session;
}

static void *seen(const char *name) {
  return dlsym(RTLD_DEFAULT, name);
}

static const char names_of_all_kinds[] =
    "@seen_data = global i64 7\n"
    "@seen_common = common global i64 0\n"
    "@seen_weak = linkonce_odr global i64 8\n"
    "@seen_constant = constant i64 9\n"
    "@seen_other_name = alias i64, ptr @seen_data\n"
    "@unseen_hidden = hidden global i64 1\n"
    "@unseen_local = internal global i64 1\n"
    "@unseen_tls = thread_local global i64 1\n"
    "define i32 @seen_f(i32 %x) { ret i32 5 }\n"
    "@seen_f_too = alias i32 (i32), ptr @seen_f\n"
    "define hidden i32 @unseen_f(i32 %x) { ret i32 5 }\n";

Test(show, shows_what_a_linked_program_exports) {
  static const char *const visible[] = {
      "seen_data",       "seen_common", "seen_weak", "seen_constant",
      "seen_other_name", "seen_f",      "seen_f_too"};
  lzr_session *session = open_own_process(names_of_all_kinds);
  succeed(lzr_show_all(&session->builder));
  for (size_t i = 0; i < sizeof visible / sizeof visible[0]; i++)
    cr_expect_eq((uintptr_t)seen(visible[i]), find(session, visible[i]), "%s",
                 visible[i]);
  cr_expect_null(seen("unseen_hidden"));
  cr_expect_null(seen("unseen_local"));
  cr_expect_null(seen("unseen_tls"));
  cr_expect_null(seen("unseen_f"));
  lzr_session_destroy(session);
}

Test(show, compiles_no_function) {
  lzr_session *session = open_own_process(names_of_all_kinds);
  succeed(lzr_show_all(&session->builder));
  cr_expect_eq(count(session).functions_compiled, 0);
  cr_expect_eq(((int (*)(int))seen("seen_f"))(1), 5);
  cr_expect_eq(count(session).functions_compiled, 1);
  lzr_session_destroy(session);
}

Test(show, shows_nothing_unless_something_asks) {
  lzr_session *session = open_own_process(names_of_all_kinds);
  cr_expect_eq(call_named(session, "seen_f", 1), 5);
  cr_expect_null(seen("seen_f"));
  cr_expect_null(seen("seen_data"));
  lzr_session_destroy(session);
}

Test(show, shows_nothing_of_a_session_that_shares_its_process) {
  lzr_session *session = open_text(names_of_all_kinds);
  succeed(lzr_show_all(&session->builder));
  cr_expect_null(seen("seen_f"));
  lzr_session_destroy(session);
}

Test(show, a_function_that_mentions_dlsym_asks) {
  lzr_session *session = open_own_process(
      "declare ptr @dlsym(ptr, ptr)\n"
      "@asked_data = global i64 7\n"
      "@name = internal constant [11 x i8] c\"asked_data\\00\"\n"
      "define i32 @asks(i32 %x) {\n"
      "  %p = call ptr @dlsym(ptr null, ptr @name)\n"
      "  %v = load i32, ptr %p\n"
      "  ret i32 %v\n"
      "}\n"
      "define i32 @does_not_ask(i32 %x) { ret i32 1 }\n");
  cr_expect_eq(call_named(session, "does_not_ask", 0), 1);
  cr_expect_null(seen("asked_data"));
  cr_expect_eq(call_named(session, "asks", 0), 7);
  cr_expect_eq((uintptr_t)seen("asked_data"), find(session, "asked_data"));
  lzr_session_destroy(session);
}

Test(show, modules_that_come_later_are_shown_too) {
  lzr_session *session = open_own_process("@early = global i64 1\n");
  succeed(lzr_show_all(&session->builder));
  add_text(lzr_session_main_library(session), "late.ll",
           "@late = global i64 2\n");
  succeed(lzr_show_all(&session->builder));
  cr_expect_eq((uintptr_t)seen("late"), find(session, "late"));
  lzr_session_destroy(session);
}

/* ---- Data that cannot be brought in. ---- */

static const char whole[] = "@in_whole = global i64 5\n"
                            "define i32 @of_whole(i32 %x) { ret i32 6 }\n";
static const char broken[] =
    "@missing_when_shown = external global i8\n"
    "@in_whole = external global i64\n"
    "@in_broken = global [2 x ptr] [ptr @missing_when_shown, ptr @in_whole]\n"
    "define i32 @of_broken(i32 %x) { ret i32 7 }\n";
static const char above[] = "@in_broken = external global [2 x ptr]\n"
                            "@in_above = global ptr @in_broken\n";

static lzr_session *open_broken(void) {
  lzr_session *session = open_own_process(whole);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "above.ll", above);
  add_text(library, "broken.ll", broken);
  succeed(lzr_show_all(&session->builder));
  return session;
}

Test(show, leaves_out_data_that_cannot_be_brought_in) {
  lzr_session *session = open_broken();
  cr_expect_eq((uintptr_t)seen("in_whole"), find(session, "in_whole"));
  cr_expect_eq((uintptr_t)seen("of_broken"), find(session, "of_broken"));
  cr_expect_null(seen("in_broken"));
  cr_expect_null(seen("in_above"));
  lzr_session_destroy(session);
}

Test(show, such_data_is_an_error_when_it_is_needed) {
  lzr_session *session = open_broken();
  lzr_addr address;
  FAILS(lzr_library_lookup(lzr_session_main_library(session), "in_above",
                           &address),
        SYMBOL, "broken.ll", "missing_when_shown");
  lzr_session_destroy(session);
}

Test(show, such_data_can_be_brought_in_later) {
  lzr_session *session = open_broken();
  lzr_library *library = lzr_session_main_library(session);
  succeed(lzr_library_define(library, "missing_when_shown", 0x1234));
  uint64_t *data = (uint64_t *)(uintptr_t)find(session, "in_broken");
  cr_expect_eq(data[0], 0x1234);
  cr_expect_eq(data[1], find(session, "in_whole"));
  cr_expect_eq(*(uint64_t *)(uintptr_t)find(session, "in_above"),
               (uintptr_t)data);
  succeed(lzr_show_all(&session->builder));
  cr_expect_eq(seen("in_broken"), data);
  lzr_session_destroy(session);
}
