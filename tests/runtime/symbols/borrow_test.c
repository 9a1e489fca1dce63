/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that units of other modules of the library inline. */
#include "tests/runtime_support.h"

static lzr_session *open_inlining(void) {
  struct lzr_session_options options = session_options();
  options.passes = "default<O2>";
  return open_session(&options);
}

static void add_to(lzr_session *session, const char *name, const char *text) {
  add_text(lzr_session_main_library(session), name, text);
}

static struct lzr_code code_of(const char *text) {
  return (struct lzr_code){.size = sizeof(struct lzr_code),
                           .name = "new.ll",
                           .bytes = text,
                           .byte_count = strlen(text)};
}

static lzr_module_handle *add_handle(lzr_session *session, const char *text) {
  struct lzr_code code = code_of(text);
  lzr_module_handle *module;
  succeed(lzr_library_add(lzr_session_main_library(session), &code, &module));
  return module;
}

static lzr_module_handle *replace(lzr_session *session, const char *text) {
  struct lzr_code code = code_of(text);
  lzr_module_handle *module;
  succeed(
      lzr_library_replace(lzr_session_main_library(session), &code, &module));
  return module;
}

/* f calls g only for 0, so that g is not certain to be called. */
static const char caller[] = "declare i32 @g(i32)\n"
                             "define i32 @f(i32 %x) {\n"
                             "  %r = call i32 @g(i32 %x)\n"
                             "  ret i32 %r\n}\n";

static const char counter[] =
    "@count = global i32 0\n"
    "define i32 @step(i32 %x) {\n  %v = load i32, ptr @count\n"
    "  %n = add i32 %v, 1\n  store i32 %n, ptr @count\n  ret i32 %n\n}\n"
    "define i32 @g(i32 %x) {\n  %r = call i32 @step(i32 %x)\n  ret i32 %r\n}\n";

/* What has been inlined is not compiled, and keeps its variables. */
Test(borrow, inlines_functions_of_other_modules) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll", caller);
  add_to(session, "counter.ll", counter);
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_eq(count(session).functions_compiled, 1);
  cr_expect_eq(call_named(session, "g", 0), 2);
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(call_named(session, "f", 0), 3);
  lzr_session_destroy(session);
}

Test(borrow, inlines_nothing_without_a_budget) {
  struct lzr_session_options options = session_options();
  options.passes = "default<O2>";
  options.inline_budget = LZR_INLINE_NOTHING;
  lzr_session *session = open_session(&options);
  add_to(session, "caller.ll", caller);
  add_to(session, "counter.ll", counter);
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_eq(count(session).functions_compiled, 3);
  lzr_session_destroy(session);
}

/* A chain through modules, a function back in the first one, and exceptions'
   personality. */
Test(borrow, inlines_through_several_modules) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll", caller);
  add_to(session, "g.ll",
         "declare i32 @h(i32)\ndeclare i32 @personality(...)\n"
         "define i32 @g(i32 %x) personality ptr @personality {\n"
         "  %r = invoke i32 @h(i32 %x) to label %out unwind label %pad\n"
         "out:\n  ret i32 %r\n"
         "pad:\n  %p = landingpad { ptr, i32 } cleanup\n"
         "  resume { ptr, i32 } %p\n}\n");
  add_to(session, "h.ll",
         "define i32 @h(i32 %x) {\n  %r = add i32 %x, 5\n  ret i32 %r\n}\n");
  cr_expect_eq(call_named(session, "f", 1), 6);
  cr_expect_eq(count(session).functions_compiled, 1);
  lzr_session_destroy(session);
}

/* The callee's module has, or the caller's has, another thing of that name. */
Test(borrow, leaves_what_a_name_does_not_mean_elsewhere) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll",
         "declare i32 @g(i32)\n@v = internal global i32 1\n"
         "define internal i32 @h(i32 %x) noinline {\n  ret i32 2\n}\n"
         "define i32 @f(i32 %x) {\n  %r = call i32 @g(i32 %x)\n"
         "  %y = load i32, ptr @v\n  %z = call i32 @h(i32 %x)\n"
         "  %s = add i32 %r, %y\n  %t = add i32 %s, %z\n  ret i32 %t\n}\n"
         "define ptr @address() {\n  ret ptr @v\n}\n");
  add_to(session, "g.ll",
         "@v = global i32 10\n@local = internal global i32 100\n"
         "define i32 @h(i32 %x) noinline {\n  ret i32 1000\n}\n"
         "define i32 @k(i32 %x) {\n  %l = load i32, ptr @local\n"
         "  ret i32 %l\n}\n"
         "define i32 @g(i32 %x) {\n  %a = load i32, ptr @v\n"
         "  %b = call i32 @h(i32 %x)\n  %c = call i32 @k(i32 %x)\n"
         "  %s = add i32 %a, %b\n  %t = add i32 %s, %c\n  ret i32 %t\n}\n"
         "define void @set() {\n  store i32 200, ptr @local\n  ret void\n}\n");
  call_named(session, "set", 0);
  cr_expect_eq(call_named(session, "f", 0), 1213);
  lzr_session_destroy(session);
}

/* LLVM takes two names for two variables, so one of them must not come in from
   elsewhere. */
Test(borrow, leaves_variables_of_two_names) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll",
         "@other = external global i32\ndeclare i32 @g(i32)\n"
         "define i32 @f(i32 %x) {\n  store i32 1, ptr @other\n"
         "  %r = call i32 @g(i32 %x)\n  %v = load i32, ptr @other\n"
         "  ret i32 %v\n}\n");
  add_to(session, "g.ll",
         "@v = global i32 0\n@other = alias i32, ptr @v\n"
         "define i32 @g(i32 %x) {\n  store i32 2, ptr @v\n  ret i32 0\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 2);
  lzr_session_destroy(session);
}

Test(borrow, takes_the_definition_that_prevails) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll", caller);
  add_to(session, "weak.ll", "define weak i32 @g(i32 %x) {\n  ret i32 1\n}\n");
  add_to(session, "strong.ll", "define i32 @g(i32 %x) {\n  ret i32 2\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 2);
  cr_expect_eq(count(session).functions_compiled, 1);
  lzr_session_destroy(session);
}

/* The caller's own module has a definition that does not prevail. */
Test(borrow, takes_the_definition_that_prevails_over_its_own) {
  lzr_session *session = open_inlining();
  add_to(session, "weak.ll",
         "define weak i32 @g(i32 %x) {\n  ret i32 1\n}\n"
         "define i32 @f(i32 %x) {\n  %r = call i32 @g(i32 %x)\n"
         "  ret i32 %r\n}\n");
  add_to(session, "strong.ll", "define i32 @g(i32 %x) {\n  ret i32 2\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 2);
  cr_expect_eq(count(session).functions_compiled, 1);
  lzr_session_destroy(session);
}

Test(borrow, follows_what_is_replaced) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll", caller);
  add_to(session, "g.ll", "define i32 @g(i32 %x) {\n  ret i32 1\n}\n");
  lzr_addr f = find(session, "f");
  cr_expect_eq(call(f, 0), 1);
  lzr_module_handle *module =
      replace(session, "define i32 @g(i32 %x) {\n  ret i32 2\n}\n");
  cr_expect_eq(call(f, 0), 2);
  cr_expect_eq(call(f, 0), 2);
  succeed(lzr_module_remove(module));
  cr_expect_eq(call(f, 0), 1);
  lzr_session_destroy(session);
}

Test(borrow, follows_what_is_removed) {
  struct failures failures = {0};
  struct lzr_session_options options = session_options();
  options.passes = "default<O2>";
  options.on_failure = note_failure;
  options.data = &failures;
  lzr_session *session = open_session(&options);
  add_to(session, "caller.ll", caller);
  lzr_module_handle *module =
      add_handle(session, "define i32 @g(i32 %x) {\n  ret i32 1\n}\n");
  lzr_addr f = find(session, "f");
  cr_expect_eq(call(f, 0), 1);
  cr_expect_eq(count(session).functions_compiled, 1);
  succeed(lzr_module_remove(module));
  call(f, 0);
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "g");
  module = add_handle(session, "define i32 @g(i32 %x) {\n  ret i32 3\n}\n");
  cr_expect_eq(call(f, 0), 3);
  succeed(lzr_module_remove(module));
  lzr_session_destroy(session);
}

/* The borrower goes first. */
Test(borrow, ends_with_the_borrower) {
  lzr_session *session = open_inlining();
  lzr_module_handle *borrower = add_handle(session, caller);
  lzr_module_handle *lender =
      add_handle(session, "define i32 @g(i32 %x) {\n  ret i32 1\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 1);
  succeed(lzr_module_remove(borrower));
  succeed(lzr_module_remove(lender));
  lzr_session_destroy(session);
}

/* A module that can be removed stays so. */
Test(borrow, keeps_no_module_from_being_removed) {
  lzr_session *session = open_inlining();
  add_to(session, "caller.ll", caller);
  lzr_module_handle *module = add_handle(session, counter);
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_gt(count(session).functions_compiled, 1, "step() is not inlined");
  succeed(lzr_module_remove(module));
  lzr_session_destroy(session);
}
