/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Counters: what they count, and that they only grow. */
#include <pthread.h>
#include <time.h>

#include "tests/many_functions.h"
#include "tests/runtime_support.h"

static const char module[] = "@table = global [100 x i32] zeroinitializer\n"
                             "@text = constant [64 x i8] zeroinitializer\n"
                             "define i32 @size(i32 %x) {\n"
                             "  %p = getelementptr i32, ptr @table, i32 %x\n"
                             "  %v = load i32, ptr %p\n"
                             "  ret i32 %v\n"
                             "}\n"
                             "define i32 @unused(i32 %x) {\n"
                             "  ret i32 %x\n"
                             "}\n"
                             "declare i32 @elsewhere()\n";

Test(statistics, are_zero_at_first) {
  static const struct lzr_session_statistics zero = {.size = sizeof zero};
  lzr_session *session = open_session(NULL);
  struct lzr_session_statistics now = count(session);
  cr_expect_eq(memcmp(&now, &zero, sizeof zero), 0);
  lzr_session_destroy(session);
}

Test(statistics, count_definitions_but_not_declarations) {
  lzr_session *session = open_text(module);
  cr_expect_eq(count(session).functions_defined, 2);
  cr_expect_neq(count(session).open_time, 0);
  cr_expect_eq(count(session).functions_compiled, 0);
  cr_expect_eq(count(session).read_time, 0);
  lzr_session_destroy(session);
}

Test(statistics, count_what_a_first_call_takes) {
  lzr_session *session = open_text(module);
  cr_expect_eq(call_named(session, "size", 3), 0);
  struct lzr_session_statistics now = count(session);
  cr_expect_eq(now.functions_compiled, 1);
  cr_expect_eq(now.first_calls, 1);
  cr_expect_eq(now.units, 2, "the function and the data");
  cr_expect_neq(now.code_bytes, 0);
  cr_expect_geq(now.data_bytes, 400, "the table at least");
  cr_expect_geq(now.constant_bytes, 64);
  cr_expect_neq(now.codegen_time, 0);
  cr_expect_neq(now.link_time, 0);
  cr_expect_neq(now.commit_time, 0);
  lzr_session_destroy(session);
}

static uint64_t now_in_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Data is compiled while the function that mentions it is linked. */
Test(statistics, count_the_time_of_nested_units_once) {
  lzr_session *session = open_text(module);
  lzr_addr size = find(session, "size");
  uint64_t start = now_in_nanoseconds();
  call(size, 3);
  uint64_t elapsed = now_in_nanoseconds() - start;
  struct lzr_session_statistics now = count(session);
  cr_expect_leq(now.read_time + now.move_time + now.codegen_time +
                    now.link_time + now.commit_time,
                elapsed, "one compile thread cannot have been that busy");
  lzr_session_destroy(session);
}

Test(statistics, leave_lazyrun_s_own_functions_out) {
  lzr_session *session = open_text("declare i32 @atexit(ptr)\n"
                                   "define internal void @at_end() {\n"
                                   "  ret void\n"
                                   "}\n"
                                   "define i32 @arrange() {\n"
                                   "  %r = call i32 @atexit(ptr @at_end)\n"
                                   "  ret i32 %r\n"
                                   "}\n");
  cr_expect_eq(call_named(session, "arrange", 0), 0);
  cr_expect_eq(count(session).functions_defined, 2);
  cr_expect_eq(count(session).functions_compiled, 1);
  lzr_session_destroy(session);
}

Test(statistics, do_not_count_a_failed_first_call_as_compiled) {
  lzr_session *session = open_text("@nowhere = external global i32\n"
                                   "define i32 @reads() {\n"
                                   "  %r = load i32, ptr @nowhere\n"
                                   "  ret i32 %r\n"
                                   "}\n");
  call_named(session, "reads", 0);
  struct lzr_session_statistics now = count(session);
  cr_expect_eq(now.functions_compiled, 0);
  cr_expect_eq(now.first_calls, 0);
  cr_expect_eq(now.units, 0);
  cr_expect_eq(now.code_bytes, 0);
  lzr_session_destroy(session);
}

Test(statistics, grow_with_each_function) {
  enum { COUNT = 40 };
  lzr_session *session = open_session(NULL);
  char name[16], *text = many_functions(COUNT);
  add_text(lzr_session_main_library(session), "many.ll", text);
  free(text);
  for (int i = 0; i < COUNT; i++) {
    struct lzr_session_statistics before = count(session);
    snprintf(name, sizeof name, "f%d", i);
    cr_expect_eq(call_named(session, name, i), many_expected(i, i));
    struct lzr_session_statistics after = count(session);
    cr_expect_eq(after.functions_compiled, before.functions_compiled + 1);
    cr_expect_eq(after.first_calls, before.first_calls + 1);
    cr_expect_gt(after.code_bytes, before.code_bytes);
    cr_expect_gt(after.codegen_time, before.codegen_time);
  }
  lzr_session_destroy(session);
}

/* Being told. */

struct told {
  pthread_mutex_t lock;
  int count;
  struct lzr_function_info
      functions[8]; /* under lock; names are the session's */
};

static void note_compiled(void *data,
                          const struct lzr_function_info *function) {
  struct told *told = data;
  pthread_mutex_lock(&told->lock);
  if (told->count < 8)
    told->functions[told->count] = *function;
  told->count++;
  pthread_mutex_unlock(&told->lock);
}

static lzr_session *open_telling(struct told *told) {
  struct lzr_session_options options = session_options();
  pthread_mutex_init(&told->lock, NULL);
  options.on_compiled = note_compiled;
  options.data = told;
  return open_session(&options);
}

/* The compile thread tells this while the program goes on. */
static struct lzr_function_info wait_for_told(struct told *told, int number) {
  struct lzr_function_info function = {0};
  for (bool there = false; !there;) {
    pthread_mutex_lock(&told->lock);
    there = told->count > number;
    function = told->functions[number];
    pthread_mutex_unlock(&told->lock);
    if (!there)
      usleep(1000);
  }
  return function;
}

Test(on_compiled, is_told_of_each_function_when_it_is_compiled, .timeout = 60) {
  struct told told = {.count = 0};
  lzr_session *session = open_telling(&told);
  add_text(lzr_session_main_library(session), "test.ll", module);
  lzr_addr size = find(session, "size");
  cr_expect_eq(told.count, 0);
  call(size, 3);
  struct lzr_function_info function = wait_for_told(&told, 0),
                           described = {.size = sizeof described};
  cr_expect_eq(function.size, sizeof function);
  cr_expect_str_eq(function.name, "size");
  cr_expect_str_eq(function.module, "test.ll");
  cr_expect_eq(function.version, 0);
  cr_assert(lzr_session_describe(session, function.address, &described));
  cr_expect_eq(memcmp(&function, &described, sizeof function), 0);
  call_named(session, "unused", 3);
  function = wait_for_told(&told, 1);
  cr_expect_str_eq(function.name, "unused");
  lzr_session_destroy(session);
  cr_expect_eq(told.count, 2);
}

Test(on_compiled, is_told_of_all_functions_that_are_compiled_ahead) {
  struct told told = {.count = 0};
  lzr_session *session = open_telling(&told);
  lzr_library *program = lzr_session_main_library(session);
  add_text(program, "test.ll", module);
  succeed(lzr_library_compile(program, false));
  lzr_session_destroy(session);
  cr_expect_eq(told.count, 2);
}
