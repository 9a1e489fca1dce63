/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Libraries: which definition of a name prevails, who sees it, where else it is
   looked for, and files that are no modules. */
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>

#include "tests/runtime_support.h"

/* int NAME(void) { return VALUE; } */
#define RETURNS(linkage, name, value)                                          \
  "define " linkage " i32 @" name "() {\n"                                     \
  "  ret i32 " value "\n"                                                      \
  "}\n"

/* int NAME(void) { return CALLEE(); } */
#define CALLS(name, callee)                                                    \
  "define i32 @" name "() {\n"                                                 \
  "  %r = call i32 @" callee "()\n"                                            \
  "  ret i32 %r\n"                                                             \
  "}\n"

/* The same, CALLEE being in another module. */
#define CALLS_OUT(name, callee)                                                \
  "declare i32 @" callee "()\n" CALLS(name, callee)

/* int NAME(void) { return VARIABLE; } */
#define READS(name, variable)                                                  \
  "define i32 @" name "() {\n"                                                 \
  "  %r = load i32, ptr @" variable "\n"                                       \
  "  ret i32 %r\n"                                                             \
  "}\n"

/* void *NAME(void) { return &SYMBOL; } */
#define POINTS(name, symbol)                                                   \
  "define ptr @" name "() {\n"                                                 \
  "  ret ptr @" symbol "\n"                                                    \
  "}\n"

static lzr_session *session;
static lzr_library *program;

static void open_program(void) {
  session = open_session(NULL);
  program = lzr_session_main_library(session);
}

static void close_program(void) {
  lzr_session_destroy(session);
}

TestSuite(library, .init = open_program, .fini = close_program);

static int run(const char *name) {
  return call_in(program, name, 0);
}

static lzr_addr run_pointer(lzr_library *library, const char *name) {
  lzr_addr function = find_in(library, name);
  return (lzr_addr)(uintptr_t)((void *(*)(void))(uintptr_t)function)();
}

static void expect_missing(lzr_library *library, const char *name) {
  lzr_addr address = 1;
  FAILS(lzr_library_lookup(library, name, &address), SYMBOL, name);
  cr_expect_eq(address, 0);
}

/* One definition against another. */

Test(library, refuses_a_second_strong_definition_and_all_that_came_with_it) {
  add_text(program, "first.ll", RETURNS("", "f", "1"));
  FAILS(try_text(program, "second.ll",
                 RETURNS("", "before", "2") RETURNS("", "f", "3")
                     RETURNS("", "z_after", "4") "@variable = global i32 5\n"),
        SYMBOL, "'f'", "first.ll", "second.ll");
  expect_missing(program, "before");
  expect_missing(program, "z_after");
  expect_missing(program, "variable");
  cr_expect_eq(count(session).functions_defined, 1);
  cr_expect_eq(run("f"), 1);
}

Test(library, refuses_a_function_and_a_variable_of_one_name) {
  add_text(program, "first.ll", RETURNS("", "f", "1"));
  FAILS(try_text(program, "second.ll", "@f = global i32 5\n"), SYMBOL, "'f'",
        "first.ll", "second.ll");
}

Test(library, accepts_the_refused_module_s_other_names_later) {
  add_text(program, "first.ll", RETURNS("", "f", "1"));
  FAILS(try_text(program, "second.ll",
                 RETURNS("", "f", "2") RETURNS("", "g", "3")),
        SYMBOL, "'f'");
  add_text(program, "third.ll", RETURNS("", "g", "4"));
  cr_expect_eq(run("g"), 4);
}

Test(library, prefers_a_strong_definition_to_an_earlier_weak_one) {
  add_text(program, "weak.ll", RETURNS("weak", "f", "1") CALLS("via", "f"));
  add_text(program, "strong.ll", RETURNS("", "f", "2"));
  cr_expect_eq(run("f"), 2);
  cr_expect_eq(run("via"), 2);
}

Test(library, prefers_a_strong_definition_to_a_later_weak_one) {
  add_text(program, "strong.ll", RETURNS("", "f", "2"));
  add_text(program, "weak.ll", RETURNS("weak", "f", "1") CALLS("via", "f"));
  cr_expect_eq(run("via"), 2);
}

Test(library, keeps_the_first_of_two_weak_definitions) {
  add_text(program, "one.ll", RETURNS("weak", "f", "1") CALLS("via1", "f"));
  add_text(program, "two.ll",
           RETURNS("linkonce_odr", "f", "2")
               CALLS("via2", "f") "@x = global ptr @f\n");
  cr_expect_eq(run("via1"), 1);
  cr_expect_eq(run("via2"), 1);
}

Test(library, lets_a_strong_definition_replace_a_weak_one_given_out) {
  add_text(program, "weak.ll", RETURNS("weak", "f", "1"));
  lzr_addr f = find_in(program, "f");
  add_text(program, "strong.ll", RETURNS("", "f", "2"));
  cr_expect_eq(find_in(program, "f"), f);
  cr_expect_eq(call(f, 0), 2);
}

Test(library, keeps_a_weak_definition_that_has_been_compiled) {
  add_text(program, "weak.ll", RETURNS("weak", "f", "1"));
  cr_expect_eq(run("f"), 1);
  add_text(program, "strong.ll", RETURNS("", "f", "2") CALLS("via", "f"));
  cr_expect_eq(run("f"), 1);
  cr_expect_eq(run("via"), 1);
}

Test(library, prefers_strong_data_to_weak_data) {
  add_text(program, "weak.ll", "@v = weak global i32 1\n" READS("one", "v"));
  add_text(program, "strong.ll", "@v = global i32 2\n" READS("two", "v"));
  cr_expect_eq(run("one"), 2);
  cr_expect_eq(run("two"), 2);
}

static const char small_common[] = "@c = common global i32 0, align 4\n"
                                   "define i32 @set_small(i32 %x) {\n"
                                   "  store i32 %x, ptr @c\n"
                                   "  ret i32 0\n"
                                   "}\n";
static const char large_common[] =
    "@c = common global [64 x i32] zeroinitializer, align 16\n"
    "@next = global i32 77\n"
    "define i32 @sum_large() {\n"
    "  %first = load i32, ptr @c\n"
    "  %p = getelementptr i32, ptr @c, i32 63\n"
    "  store i32 5, ptr %p\n"
    "  %last = load i32, ptr %p\n"
    "  %s = add i32 %first, %last\n"
    "  ret i32 %s\n"
    "}\n" READS("read_next", "next");

static void expect_one_common(void) {
  call_in(program, "set_small", 30);
  cr_expect_eq(run("sum_large"), 35);
  cr_expect_eq(run("read_next"), 77);
  cr_expect_geq(count(session).data_bytes, 64 * sizeof(int));
}

Test(library, merges_common_variables_into_the_largest_added_last) {
  add_text(program, "small.ll", small_common);
  add_text(program, "large.ll", large_common);
  expect_one_common();
}

Test(library, merges_common_variables_into_the_largest_added_first) {
  add_text(program, "large.ll", large_common);
  add_text(program, "small.ll", small_common);
  expect_one_common();
}

Test(library, prefers_a_strong_variable_to_a_common_one) {
  add_text(program, "common.ll",
           "@v = common global i32 0\n" READS("one", "v"));
  add_text(program, "strong.ll", "@v = global i32 9\n" READS("two", "v"));
  cr_expect_eq(run("one"), 9);
  cr_expect_eq(run("two"), 9);
}

/* Who sees a name. */

Test(library, keeps_local_names_of_two_modules_apart) {
  add_text(program, "one.ll",
           "@v = internal global i32 1\n" RETURNS("internal", "f", "10")
               CALLS("f1", "f") READS("v1", "v"));
  add_text(program, "two.ll",
           "@v = internal global i32 2\n" RETURNS("internal", "f", "20")
               CALLS("f2", "f") READS("v2", "v"));
  cr_expect_eq(run("f1"), 10);
  cr_expect_eq(run("f2"), 20);
  cr_expect_eq(run("v1"), 1);
  cr_expect_eq(run("v2"), 2);
  expect_missing(program, "f");
  expect_missing(program, "v");
}

Test(library, prefers_a_module_s_local_name_to_a_global_one_elsewhere) {
  add_text(program, "global.ll", RETURNS("", "f", "1"));
  add_text(program, "local.ll",
           RETURNS("internal", "f", "2") CALLS("via", "f"));
  cr_expect_eq(run("via"), 2);
  cr_expect_eq(run("f"), 1);
}

Test(library, shows_a_hidden_name_to_its_other_modules_only) {
  lzr_library *other = make_library(session, "other");
  add_text(program, "hidden.ll", RETURNS("hidden", "f", "1"));
  add_text(program, "user.ll", CALLS_OUT("via", "f"));
  succeed(lzr_library_search_library(other, program));
  cr_expect_eq(run("via"), 1);
  expect_missing(other, "f");
  cr_expect_eq(call_in(other, "via", 0), 1);
}

Test(library, searches_others_in_the_order_they_were_added) {
  lzr_library *a = make_library(session, "a"), *b = make_library(session, "b");
  add_text(a, "a.ll", RETURNS("", "only_a", "1") RETURNS("", "both", "2"));
  add_text(b, "b.ll", RETURNS("", "only_b", "3") RETURNS("", "both", "4"));
  lzr_library *ab = make_library(session, "ab"),
              *ba = make_library(session, "ba");
  succeed(lzr_library_search_library(ab, a));
  succeed(lzr_library_search_library(ab, b));
  succeed(lzr_library_search_library(ba, b));
  succeed(lzr_library_search_library(ba, a));
  add_text(ab, "ab.ll", CALLS_OUT("via", "both"));
  add_text(ba, "ba.ll", CALLS_OUT("via", "both"));
  cr_expect_eq(call_in(ab, "only_a", 0), 1);
  cr_expect_eq(call_in(ab, "only_b", 0), 3);
  cr_expect_eq(call_in(ab, "via", 0), 2);
  cr_expect_eq(call_in(ba, "via", 0), 4);
}

Test(library, prefers_its_own_definition_to_those_it_searches) {
  lzr_library *other = make_library(session, "other");
  add_text(other, "other.ll", RETURNS("", "f", "1"));
  add_text(program, "own.ll", RETURNS("weak", "f", "2") CALLS("via", "f"));
  succeed(lzr_library_search_library(program, other));
  cr_expect_eq(run("via"), 2);
}

Test(library, does_not_follow_the_search_order_of_those_it_searches) {
  lzr_library *near = make_library(session, "near"),
              *far = make_library(session, "far");
  add_text(far, "far.ll", RETURNS("", "f", "1"));
  succeed(lzr_library_search_library(near, far));
  succeed(lzr_library_search_library(program, near));
  cr_expect_eq(call_in(near, "f", 0), 1);
  expect_missing(program, "f");
}

Test(library, lets_two_libraries_search_each_other) {
  lzr_library *a = make_library(session, "a"), *b = make_library(session, "b");
  succeed(lzr_library_search_library(a, b));
  succeed(lzr_library_search_library(b, a));
  add_text(a, "a.ll", RETURNS("", "one", "1") CALLS_OUT("via_b", "two"));
  add_text(b, "b.ll", RETURNS("", "two", "2") CALLS_OUT("via_a", "one"));
  cr_expect_eq(call_in(a, "via_b", 0), 2);
  cr_expect_eq(call_in(b, "via_a", 0), 1);
  expect_missing(a, "nothing");
}

Test(library, that_is_new_searches_nothing_else) {
  lzr_library *alone = make_library(session, "alone");
  expect_missing(alone, "getpid");
  succeed(lzr_library_search_process(alone));
  cr_expect_eq(find_in(alone, "getpid"), (lzr_addr)(uintptr_t)getpid);
}

Test(library, searches_a_shared_library) {
  lzr_library *alone = make_library(session, "alone");
  lzr_addr address;
  FAILS(lzr_library_search_shared_library(alone, "/nonexistent/libnone.so"),
        FILE, "libnone.so");
  succeed(lzr_library_search_shared_library(alone, "libm.so.6"));
  add_text(alone, "math.ll",
           "declare double @cbrt(double)\n"
           "define i32 @root() {\n"
           "  %d = call double @cbrt(double 27.0)\n"
           "  %e = fadd double %d, 0.5\n"
           "  %i = fptosi double %e to i32\n"
           "  ret i32 %i\n"
           "}\n");
  cr_expect_eq(call_in(alone, "root", 0), 3);
  FAILS(lzr_library_lookup(alone, "no_such_root", &address), SYMBOL,
        "no_such_root");
}

/* Names for addresses. */

static int host_variable;

static int host_double(int x) {
  return 2 * x;
}

static int host_triple(int x) {
  return 3 * x;
}

Test(library, calls_a_host_function) {
  succeed(lzr_library_define(program, "host_double", address_of(host_double)));
  add_text(program, "caller.ll",
           "declare i32 @host_double(i32)\n"
           "define i32 @via(i32 %x) {\n"
           "  %r = call i32 @host_double(i32 %x)\n"
           "  ret i32 %r\n"
           "}\n" POINTS("pointer", "host_double"));
  cr_expect_eq(call_in(program, "via", 21), 42);
  cr_expect_eq(run_pointer(program, "pointer"), address_of(host_double));
  cr_expect_eq(find_in(program, "host_double"), address_of(host_double));
}

static lzr_error *fail_always(void *data, const lzr_value *arguments,
                              lzr_value *result) {
  (void)data, (void)arguments, (void)result;
  return lzr_error_create(LZR_ERROR_FILE, "no such thing");
}

static const char calls_fail_always[] = "declare i32 @fail_always()\n"
                                        "define i32 @via(i32 %x) {\n"
                                        "  %r = call i32 @fail_always()\n"
                                        "  ret i32 %r\n"
                                        "}\n";

Test(library, keeps_the_error_of_a_host_function) {
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  succeed(lzr_library_define_function(program, "fail_always", &signature,
                                      fail_always, NULL));
  add_text(program, "caller.ll", calls_fail_always);
  cr_expect_eq(call_in(program, "via", 21), 0);
  FAILS(lzr_session_take_failure(session), FILE, "no such thing");
  cr_expect_null(lzr_session_take_failure(session));
}

static lzr_addr note_host_failure(void *data, const char *function,
                                  lzr_error *error) {
  cr_expect_str_eq(function, "a host function");
  *(lzr_error **)data = error;
  return 0;
}

Test(library, hands_the_error_of_a_host_function_on) {
  lzr_error *failure = NULL;
  struct lzr_session_options options = session_options();
  options.on_failure = note_host_failure;
  options.data = &failure;
  lzr_session *own = open_session(&options);
  lzr_library *main_library = lzr_session_main_library(own);
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  succeed(lzr_library_define_function(main_library, "fail_always", &signature,
                                      fail_always, NULL));
  add_text(main_library, "caller.ll", calls_fail_always);
  cr_expect_eq(call_in(main_library, "via", 21), 0);
  FAILS(failure, FILE, "no such thing");
  lzr_session_destroy(own);
}

Test(library, reads_a_host_variable) {
  host_variable = 5;
  succeed(lzr_library_define(program, "host_variable",
                             (lzr_addr)(uintptr_t)&host_variable));
  add_text(
      program, "reader.ll",
      "@host_variable = external global i32\n" READS("via", "host_variable"));
  cr_expect_eq(run("via"), 5);
  host_variable = 6;
  cr_expect_eq(run("via"), 6);
}

Test(library, prefers_a_defined_address_to_the_process) {
  succeed(lzr_library_define(program, "labs", address_of(host_double)));
  cr_expect_eq(call_in(program, "labs", 4), 8);
}

Test(library, refuses_to_define_a_name_twice) {
  succeed(lzr_library_define(program, "f", address_of(host_double)));
  FAILS(lzr_library_define(program, "f", address_of(host_triple)), SYMBOL,
        "'f'");
  FAILS(try_text(program, "module.ll", RETURNS("", "f", "1")), SYMBOL, "'f'",
        "module.ll");
  cr_expect_eq(call_in(program, "f", 4), 8);
}

Test(library, refuses_to_define_what_a_module_defines) {
  add_text(program, "module.ll", RETURNS("", "f", "1"));
  FAILS(lzr_library_define(program, "f", address_of(host_double)), SYMBOL,
        "'f'", "module.ll");
  cr_expect_eq(run("f"), 1);
}

Test(library, lets_a_defined_address_replace_a_weak_definition) {
  add_text(program, "weak.ll", RETURNS("weak", "f", "1") CALLS("via", "f"));
  succeed(lzr_library_define(program, "f", address_of(host_double)));
  cr_expect_eq(find_in(program, "f"), address_of(host_double));
  succeed(lzr_library_compile(program, true));
}

Test(library, refuses_to_define_a_weak_name_whose_address_was_given_out) {
  add_text(program, "weak.ll", RETURNS("weak", "f", "1"));
  lzr_addr f = find_in(program, "f");
  FAILS(lzr_library_define(program, "f", address_of(host_double)), SYMBOL,
        "'f'", "use");
  cr_expect_eq(find_in(program, "f"), f);
  cr_expect_eq(call(f, 0), 1);
}

/* Addresses. */

Test(library, says_a_name_is_missing) {
  expect_missing(program, "no_such_name");
  expect_missing(program, "");
}

Test(library, gives_a_function_one_address_before_and_after_it_is_compiled) {
  add_text(program, "one.ll", RETURNS("", "f", "1") POINTS("here", "f"));
  add_text(program, "two.ll",
           "@pointer = global ptr @f\n"
           "declare i32 @f()\n" POINTS("there", "f"));
  lzr_addr f = find_in(program, "f");
  cr_expect_eq(run_pointer(program, "here"), f);
  cr_expect_eq(call(f, 0), 1);
  cr_expect_eq(run_pointer(program, "there"), f);
  cr_expect_eq(find_in(program, "f"), f);
  cr_expect_eq(*(lzr_addr *)(uintptr_t)find_in(program, "pointer"), f);
}

Test(library, gives_a_function_one_address_when_it_was_compiled_unasked) {
  add_text(program, "one.ll", RETURNS("", "f", "1") POINTS("here", "f"));
  succeed(lzr_library_compile(program, false));
  lzr_addr f = find_in(program, "f");
  cr_expect_eq(run_pointer(program, "here"), f);
  add_text(program, "two.ll", "declare i32 @f()\n" POINTS("there", "f"));
  cr_expect_eq(run_pointer(program, "there"), f);
}

Test(library, gives_an_alias_the_address_of_what_it_names) {
  add_text(program, "alias.ll",
           RETURNS("", "f", "1") "@g = alias i32 (), ptr @f\n"
                                 "@v = global i32 8\n"
                                 "@w = alias i32, ptr @v\n");
  cr_expect_eq(find_in(program, "g"), find_in(program, "f"));
  cr_expect_eq(find_in(program, "w"), find_in(program, "v"));
  cr_expect_eq(run("g"), 1);
}

Test(library, gives_a_variable_the_address_that_code_uses) {
  add_text(program, "data.ll", "@v = global i32 1\n" READS("via", "v"));
  int *v = (int *)(uintptr_t)find_in(program, "v");
  cr_expect_eq(*v, 1);
  *v = 12;
  cr_expect_eq(run("via"), 12);
}

Test(library, refuses_the_address_of_a_thread_local_variable) {
  lzr_addr address;
  add_text(program, "tls.ll", "@t = thread_local global i32 1\n");
  FAILS(lzr_library_lookup(program, "t", &address), UNSUPPORTED, "'t'",
        "thread-local");
}

Test(library, gives_an_undefined_weak_name_the_address_0) {
  add_text(program, "weak.ll",
           "declare extern_weak i32 @nowhere()\n" POINTS("here", "nowhere"));
  cr_expect_eq(run_pointer(program, "here"), 0);
}

/* Names that come later, or never. */

Test(library, lets_code_call_a_function_that_a_later_module_defines) {
  add_text(program, "early.ll", CALLS_OUT("via", "late"));
  lzr_addr via = find_in(program, "via");
  cr_expect_eq(call(via, 0), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "early.ll", "via", "late");
  add_text(program, "late.ll", RETURNS("", "late", "6"));
  cr_expect_eq(call(via, 0), 6);
}

Test(library, lets_code_call_a_function_that_is_defined_later) {
  add_text(program, "early.ll", CALLS_OUT("via", "late"));
  cr_expect_eq(run("via"), 0);
  lzr_error_destroy(lzr_session_take_failure(session));
  succeed(lzr_library_define(program, "late", address_of(host_double)));
  lzr_addr via = find_in(program, "via");
  call(via, 0);
  cr_expect_null(lzr_session_take_failure(session));
}

Test(library, finds_a_name_in_what_it_searches_since_its_call_failed) {
  lzr_library *alone = make_library(session, "alone");
  add_text(alone, "pid.ll", CALLS_OUT("pid", "getpid"));
  cr_expect_eq(call_in(alone, "pid", 0), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "getpid");
  succeed(lzr_library_search_process(alone));
  find_in(alone, "getpid");
  cr_expect_eq(call_in(alone, "pid", 0), (int)getpid());
}

Test(library, forgets_the_failure_of_a_name_found_since) {
  lzr_library *alone = make_library(session, "alone");
  add_text(alone, "pid.ll", CALLS_OUT("pid", "getpid"));
  cr_expect_eq(call_in(alone, "pid", 0), 0);
  succeed(lzr_library_search_process(alone));
  find_in(alone, "getpid");
}

Test(library, names_file_caller_and_callee_of_a_function_that_is_nowhere) {
  add_text(program, "caller.ll", CALLS_OUT("caller", "callee"));
  cr_expect_eq(run("caller"), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "caller.ll", "'caller'",
        "'callee'");
}

Test(library, names_function_and_symbol_of_data_that_is_nowhere) {
  add_text(program, "reader.ll",
           "@nowhere = external global i32\n" READS("reader", "nowhere"));
  cr_expect_eq(run("reader"), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "reader.ll", "'reader'",
        "nowhere");
}

Test(library, finds_data_that_is_defined_after_a_call_failed) {
  static int late = 9;
  add_text(program, "reader.ll",
           "@late = external global i32\n" READS("reader", "late"));
  lzr_addr reader = find_in(program, "reader");
  for (int i = 0; i < 2; i++) {
    cr_expect_eq(call(reader, 0), 0);
    FAILS(lzr_session_take_failure(session), SYMBOL, "'reader'", "late");
  }
  succeed(lzr_library_define(program, "late", (lzr_addr)(uintptr_t)&late));
  cr_expect_eq(call(reader, 0), 9);
  cr_expect_null(lzr_session_take_failure(session));
}

Test(library, does_not_compile_whole_with_a_function_that_failed_before) {
  add_text(program, "reader.ll",
           RETURNS("", "good", "1") CALLS_OUT(
               "caller", "nowhere") "define i32 @bad() {\n"
                                    "  %r = call i32 asm \"bogus\", \"=r\"()\n"
                                    "  ret i32 %r\n"
                                    "}\n");
  cr_expect_eq(run("bad"), 0);
  FAILS(lzr_session_take_failure(session), COMPILE, "'bad'");
  for (int i = 0; i < 2; i++)
    FAILS(lzr_library_compile(program, true), SYMBOL, "'bad'", "'caller'");
  FAILS(lzr_library_compile(program, false), COMPILE, "'bad'");
}

Test(library, refuses_address_0_and_another_sessions_library) {
  FAILS(lzr_library_define(program, "null", 0), ARGUMENT, "'null'");
  lzr_session *other = open_session(NULL);
  FAILS(lzr_library_search_library(program, lzr_session_main_library(other)),
        ARGUMENT, "another session");
  lzr_session_destroy(other);
}

Test(library, names_data_that_refers_to_what_is_nowhere) {
  lzr_addr address;
  add_text(program, "data.ll",
           "@nowhere = external global i32\n"
           "@pointer = global ptr @nowhere\n");
  for (int i = 0; i < 2; i++)
    FAILS(lzr_library_lookup(program, "pointer", &address), SYMBOL, "data.ll",
          "data", "nowhere");
}

/* Modules of all kinds. */

static LLVMModuleRef build_module(LLVMContextRef context, const char *name,
                                  unsigned long long value) {
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("built", context);
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  LLVMValueRef function =
      LLVMAddFunction(module, name, LLVMFunctionType(i32, NULL, 0, 0));
  LLVMPositionBuilderAtEnd(
      builder, LLVMAppendBasicBlockInContext(context, function, "entry"));
  LLVMBuildRet(builder, LLVMConstInt(i32, value, 0));
  LLVMDisposeBuilder(builder);
  return module;
}

Test(library, takes_a_module_built_with_llvm_and_leaves_its_context) {
  LLVMContextRef context = LLVMContextCreate();
  succeed(lzr_library_add_llvm_module(program, "built",
                                      build_module(context, "f", 14)));
  LLVMModuleRef another = build_module(context, "f", 15);
  FAILS(lzr_library_add_llvm_module(program, "again", another), SYMBOL, "'f'");
  LLVMContextDispose(context);
  cr_expect_eq(run("f"), 14);
}

/* A block without a terminator: nothing but a program can build this. */
static LLVMModuleRef build_unfinished(LLVMContextRef context) {
  LLVMModuleRef module = build_module(context, "f", 14);
  LLVMInstructionEraseFromParent(LLVMGetBasicBlockTerminator(
      LLVMGetEntryBasicBlock(LLVMGetNamedFunction(module, "f"))));
  return module;
}

Test(library, refuses_a_module_built_with_llvm_that_makes_no_sense) {
  LLVMContextRef context = LLVMContextCreate();
  FAILS(
      lzr_library_add_llvm_module(program, "built", build_unfinished(context)),
      FORMAT, "built", "does not have terminator");
  LLVMContextDispose(context);
}

Test(library, refuses_a_body_that_makes_no_sense_when_it_is_read) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = build_unfinished(context);
  LLVMMemoryBufferRef bitcode = LLVMWriteBitcodeToMemoryBuffer(module);
  succeed(lzr_library_add_bytes(program, "f.bc", LLVMGetBufferStart(bitcode),
                                LLVMGetBufferSize(bitcode)));
  FAILS(lzr_library_compile(program, false), FORMAT, "f.bc", "the body of 'f'",
        "does not have terminator");
  LLVMDisposeMemoryBuffer(bitcode);
  LLVMDisposeModule(module);
  LLVMContextDispose(context);
}

static LLVMMemoryBufferRef make_bitcode(const char *triple) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = build_module(context, "f", 16);
  LLVMSetTarget(module, triple);
  LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(module);
  LLVMDisposeModule(module);
  LLVMContextDispose(context);
  return buffer;
}

Test(library, copies_the_bytes_of_a_module) {
  LLVMMemoryBufferRef bitcode = make_bitcode("");
  succeed(lzr_library_add_bytes(program, "f.bc", LLVMGetBufferStart(bitcode),
                                LLVMGetBufferSize(bitcode)));
  LLVMDisposeMemoryBuffer(bitcode);
  cr_expect_eq(run("f"), 16);
}

Test(library, refuses_bytes_that_are_no_module) {
  static const char random[] = "\x7f\x45\x4c\x46\0\0\1\2\3\xff\xfe garbage";
  FAILS(lzr_library_add_bytes(program, "a.bc", random, sizeof random), FORMAT,
        "a.bc");
  FAILS(lzr_library_add_bytes(program, "b.bc", "BC\xc0\xde", 4), FORMAT,
        "b.bc");
  FAILS(try_text(program, "c.ll", "define i32 @f( {"), FORMAT, "c.ll");
  FAILS(try_text(program, "d.ll",
                 "define i32 @f() {\n"
                 "  ret i64 1\n"
                 "}\n"),
        FORMAT, "d.ll");
}

Test(library, refuses_bitcode_cut_anywhere_or_compiles_it_right) {
  LLVMMemoryBufferRef bitcode = make_bitcode("");
  const char *bytes = LLVMGetBufferStart(bitcode);
  size_t size = LLVMGetBufferSize(bitcode);
  for (size_t cut = 4; cut < size; cut += 4) {
    lzr_library *library = make_library(session, "cut");
    lzr_error *error = lzr_library_add_bytes(library, "cut.bc", bytes, cut);
    if (error)
      FAILS(error, FORMAT, "cut.bc");
    else
      cr_expect_eq(call_in(library, "f", 0), 16, "cut at %zu of %zu", cut,
                   size);
  }
  LLVMDisposeMemoryBuffer(bitcode);
}

Test(library, refuses_a_module_for_another_architecture) {
  LLVMMemoryBufferRef bitcode = make_bitcode("riscv64-unknown-linux-gnu");
  FAILS(lzr_library_add_bytes(program, "risc.bc", LLVMGetBufferStart(bitcode),
                              LLVMGetBufferSize(bitcode)),
        FORMAT, "risc.bc", "riscv64");
  LLVMDisposeMemoryBuffer(bitcode);
  expect_missing(program, "f");
}

Test(library, refuses_files_that_are_none) {
  char folder[64], path[128];
  make_folder(folder);
  FAILS(lzr_library_add_file(program, folder), FILE, folder);
  snprintf(path, sizeof path, "%s/missing.bc", folder);
  FAILS(lzr_library_add_file(program, path), FILE, path, "No such file");
  snprintf(path, sizeof path, "%s/empty.bc", folder);
  fclose(fopen(path, "w"));
  FAILS(lzr_library_add_file(program, path), FORMAT, path);
  remove_folder(folder);
}

Test(library, adds_a_file_of_text_or_bitcode) {
  static const char text[] = RETURNS("", "from_text", "17");
  char folder[64], path[128];
  make_folder(folder);
  snprintf(path, sizeof path, "%s/text.ll", folder);
  FILE *file = fopen(path, "w");
  fputs(text, file);
  fclose(file);
  succeed(lzr_library_add_file(program, path));
  snprintf(path, sizeof path, "%s/bitcode.bc", folder);
  LLVMMemoryBufferRef bitcode = make_bitcode("");
  file = fopen(path, "wb");
  fwrite(LLVMGetBufferStart(bitcode), 1, LLVMGetBufferSize(bitcode), file);
  fclose(file);
  LLVMDisposeMemoryBuffer(bitcode);
  succeed(lzr_library_add_file(program, path));
  remove_folder(folder);
  cr_expect_eq(run("from_text"), 17);
  cr_expect_eq(run("f"), 16);
}

/* Several names at once. */

Test(library, finds_several_names_at_once) {
  add_text(program, "m.ll", RETURNS("", "f", "3") "@v = global i32 4\n");
  struct lzr_name names[] = {{.name = "f", .required = true},
                             {.name = "nowhere"},
                             {.name = "v", .required = true},
                             {.name = "getpid", .required = true},
                             {.name = "f"}};
  succeed(lzr_library_lookup_all(program, names, 5));
  cr_expect_eq(names[0].address, find_in(program, "f"));
  cr_expect_eq(names[1].address, 0);
  cr_expect_eq(*(int *)(uintptr_t)names[2].address, 4);
  cr_expect_eq(names[3].address, find_in(program, "getpid"));
  cr_expect_eq(names[4].address, names[0].address);
  cr_expect_eq(count(session).functions_compiled, 0);
  succeed(lzr_library_lookup_all(program, NULL, 0));
}

Test(library, says_of_several_names_which_are_nowhere) {
  add_text(program, "m.ll",
           RETURNS("", "f", "3") "@t = thread_local global i32 4\n");
  struct lzr_name names[] = {{.name = "nowhere", .required = true},
                             {.name = "f", .required = true},
                             {.name = "missing", .required = true},
                             {.name = "optional"}};
  FAILS(lzr_library_lookup_all(program, names, 4), SYMBOL,
        "symbol 'nowhere' is not defined\n", "symbol 'missing' is not defined");
  cr_expect_eq(names[1].address, 0);
  names[0].name = "t";
  FAILS(lzr_library_lookup_all(program, names, 2), UNSUPPORTED, "'t'",
        "thread-local");
}

/* Compiling a module. */

Test(library, compiles_everything_of_one_module_in_one_unit) {
  lzr_module_handle *first, *second;
  const char *one = RETURNS("", "f", "3") RETURNS("", "g", "4");
  const char *two = RETURNS("", "h", "5");
  struct lzr_code code = {.size = sizeof code,
                          .name = "1",
                          .bytes = one,
                          .byte_count = strlen(one)};
  succeed(lzr_library_add(program, &code, &first));
  code.bytes = two;
  code.byte_count = strlen(two);
  succeed(lzr_library_add(program, &code, &second));
  succeed(lzr_module_compile(first));
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(count(session).units, 1);
  cr_expect_eq(run("f"), 3);
  succeed(lzr_module_compile(first));
  cr_expect_eq(count(session).functions_compiled, 2);
  succeed(lzr_module_remove(first));
  succeed(lzr_module_compile(second));
  cr_expect_eq(run("h"), 5);
}

Test(library, says_why_a_module_cannot_be_compiled) {
  lzr_module_handle *module;
  const char *text = RETURNS(
      "", "f", "3") "@missing = external global i32\n" READS("bad", "missing");
  struct lzr_code code = {.size = sizeof code,
                          .name = "m",
                          .bytes = text,
                          .byte_count = strlen(text)};
  succeed(lzr_library_add(program, &code, &module));
  FAILS(lzr_module_compile(module), SYMBOL, "'missing'");
  cr_expect_eq(run("f"), 3);
}

/* Compiling what is named. */

Test(library, compiles_the_functions_that_are_named_ahead) {
  static const char *const names[] = {"f", "other", "v", "getpid"};
  add_text(program, "m.ll",
           RETURNS("", "f", "3") RETURNS("", "g", "4")
               RETURNS("", "h", "5") "@other = alias i32 (), ptr @h\n"
                                     "@v = global i32 4\n");
  succeed(lzr_library_compile_named(program, names, 4));
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(run("f"), 3);
  cr_expect_eq(run("other"), 5);
  succeed(lzr_library_compile_named(program, names, 4));
  cr_expect_eq(count(session).functions_compiled, 2);
}

Test(library, says_which_of_the_named_functions_cannot_be_compiled) {
  static const char *const bad[] = {"f", "nowhere", "gone"};
  static const char *const broken[] = {"bad", "worse", "f"};
  add_text(program, "m.ll",
           RETURNS("", "f", "3") "@missing = external global i32\n" READS(
               "bad", "missing") READS("worse", "missing"));
  FAILS(lzr_library_compile_named(program, bad, 3), SYMBOL, "'nowhere'",
        "'gone'");
  cr_expect_eq(count(session).functions_compiled, 0);
  FAILS(lzr_library_compile_named(program, broken, 3), SYMBOL, "function 'bad'",
        "function 'worse'");
  cr_expect_eq(count(session).functions_compiled, 1);
}

/* Calling. */

Test(library, calls_and_runs_functions_of_any_library) {
  static const struct lzr_signature signature = {.result = LZR_TYPE_I32};
  static const char *const argv[] = {"program", "argument"};
  lzr_library *other = make_library(session, "other");
  lzr_value result = {.i = 0};
  int status = 0;
  add_text(program, "main.ll", RETURNS("", "f", "1"));
  add_text(other, "other.ll",
           "@v = global i32 0\n"
           "define void @construct() {\n"
           "  store i32 40, ptr @v\n"
           "  ret void\n}\n"
           "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
           "[{ i32, ptr, ptr } { i32 65535, ptr @construct, ptr null }]\n"
           "define i32 @main(i32 %argc, ptr %argv) {\n"
           "  %a = load i32, ptr @v\n"
           "  %b = add i32 %a, %argc\n"
           "  ret i32 %b\n}\n" READS("f", "v"));
  succeed(lzr_library_call(other, "f", &signature, NULL, &result));
  cr_expect_eq(result.i, 40);
  succeed(lzr_session_call(session, "f", &signature, NULL, &result));
  cr_expect_eq(result.i, 1);
  succeed(lzr_library_run_main(other, "main", 2, argv, &status));
  cr_expect_eq(status, 42);
  FAILS(lzr_session_run_main(session, "main_of_none", 2, argv, &status), SYMBOL,
        "main_of_none");
}
