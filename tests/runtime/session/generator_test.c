/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A client's generators: asked for names that are nowhere. */
#include <pthread.h>

#include "tests/lazy_support.h"

static struct failures failures;
static lzr_session *session;
static lzr_library *program;

static void open_program(void) {
  session = open_session_noting(&failures);
  program = lzr_session_main_library(session);
}

static void close_program(void) {
  lzr_session_destroy(session);
}

TestSuite(generator, .init = open_program, .fini = close_program,
          .timeout = 60);

static int one_more(int x) {
  return x + 1;
}

static const char uses_three[] = "declare i32 @made(i32)\n"
                                 "declare i32 @host(i32)\n"
                                 "@number = external global i32\n"
                                 "define i32 @sum(i32 %x) {\n"
                                 "  %a = call i32 @made(i32 %x)\n"
                                 "  %b = call i32 @host(i32 %a)\n"
                                 "  %c = load i32, ptr @number\n"
                                 "  %d = add i32 %b, %c\n"
                                 "  ret i32 %d\n}\n";

Test(generator, answers_a_unit_s_names_in_one_batch_and_in_every_way) {
  struct lazy lazy = {.text = constant_text("made", 7)};
  struct generator generator = {.lazy = &lazy,
                                .lazy_name = "made",
                                .at = "host",
                                .address = address_of(one_more),
                                .text_name = "number",
                                .text = "@number = global i32 30\n"};
  search_generator(program, &generator);
  add_text(program, "main.ll", uses_three);
  lzr_addr sum = find_in(program, "sum");
  cr_expect_eq(generator.asked, 0);
  cr_expect_eq(call(sum, 0), 38, "%s", failures.message);
  cr_expect_eq(generator.asked, 1, "%s", generator.names);
  cr_expect_not_null(strstr(generator.names, "made "));
  cr_expect_not_null(strstr(generator.names, "host "));
  cr_expect_not_null(strstr(generator.names, "number "));
  cr_expect_eq(lazy.asked, 1);
}

Test(generator, is_not_asked_for_what_is_somewhere) {
  struct generator generator = {.at = NULL};
  lzr_library *other = make_library(session, "other");
  search_generator(program, &generator);
  succeed(lzr_library_search_library(program, other));
  add_text(other, "other.ll", constant_text("far", 1));
  add_text(program, "near.ll", constant_text("near", 1));
  find_in(program, "near");
  find_in(program, "far");
  find_in(program, "getpid");
  cr_expect_eq(generator.asked, 0, "%s", generator.names);
}

Test(generator, answers_a_lookup_and_keeps_an_address) {
  struct generator generator = {.at = "host", .address = address_of(one_more)};
  search_generator(program, &generator);
  cr_expect_eq(call_in(program, "host", 1), 2);
  cr_expect_eq(call_in(program, "host", 2), 3);
  cr_expect_eq(generator.asked, 1);
}

Test(generator, leaves_weak_names_at_0) {
  struct generator generator = {.at = "other"};
  search_generator(program, &generator);
  add_text(program, "main.ll",
           "declare extern_weak i32 @maybe(i32)\n"
           "@number = extern_weak global i32\n"
           "define i32 @has(i32 %x) {\n"
           "  %a = icmp ne ptr @maybe, null\n"
           "  %b = icmp ne ptr @number, null\n"
           "  %c = or i1 %a, %b\n"
           "  %d = zext i1 %c to i32\n"
           "  ret i32 %d\n}\n");
  cr_expect_eq(call_in(program, "has", 0), 0, "%s", failures.message);
  cr_expect_eq(failures.count, 0);
  cr_expect_not_null(strstr(generator.names, "maybe? "), "%s", generator.names);
  cr_expect_not_null(strstr(generator.names, "number? "), "%s",
                     generator.names);
}

Test(generator, may_answer_a_weak_name) {
  struct generator generator = {.text_name = "maybe",
                                .text = constant_text("maybe", 4)};
  search_generator(program, &generator);
  add_text(program, "main.ll",
           "declare extern_weak i32 @maybe(i32)\n"
           "define i32 @try(i32 %x) {\n"
           "  %a = icmp ne ptr @maybe, null\n"
           "  br i1 %a, label %yes, label %no\n"
           "yes:\n  %r = call i32 @maybe(i32 %x)\n  ret i32 %r\n"
           "no:\n  ret i32 0\n}\n");
  cr_expect_eq(call_in(program, "try", 0), 4);
}

Test(generator, is_asked_again_when_an_unknown_function_is_called) {
  struct generator generator = {.at = "nothing"};
  search_generator(program, &generator);
  add_text(program, "caller.ll", caller_text("caller", "late"));
  cr_expect_eq(call_in(program, "caller", 0), 100);
  cr_expect_eq(failures.count, 1);
  cr_expect_not_null(strstr(failures.message, "'caller' calls 'late'"));
  cr_expect_eq(generator.asked, 2);
  generator.at = "late";
  generator.address = address_of(one_more);
  cr_expect_eq(call_in(program, "caller", 5), 106);
  cr_expect_eq(generator.asked, 3);
}

Test(generator, makes_its_error_that_of_the_call) {
  struct generator generator = {.complaint = "the index is broken"};
  search_generator(program, &generator);
  add_text(program, "caller.ll", caller_text("caller", "late"));
  cr_expect_eq(call_in(program, "caller", 0), 0);
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "caller");
  cr_expect_not_null(strstr(failures.message, "the index is broken"));
  lzr_addr address;
  FAILS(lzr_library_lookup(program, "unknown", &address), SYMBOL,
        "the index is broken");
  generator.complaint = NULL;
  generator.at = "late";
  generator.address = address_of(one_more);
  cr_expect_eq(call_in(program, "caller", 0), 101);
}

Test(generator, comes_behind_one_that_was_added_before_it) {
  struct generator first = {.at = "a", .address = address_of(one_more)},
                   second = {.at = "b", .address = address_of(one_more)};
  search_generator(program, &first);
  search_generator(program, &second);
  find_in(program, "a");
  cr_expect_eq(second.asked, 0);
  find_in(program, "b");
  cr_expect_eq(first.asked, 2);
  cr_expect_eq(second.asked, 1);
}

Test(generator, names_what_it_does_not_know_when_everything_is_checked) {
  struct generator generator = {.at = "nothing"};
  search_generator(program, &generator);
  add_text(program, "caller.ll", caller_text("caller", "late"));
  FAILS(lzr_library_compile(program, true), SYMBOL, "late");
}

Test(generator, serves_its_own_library_only) {
  struct generator generator = {.at = "host", .address = address_of(one_more)};
  lzr_library *other = make_library(session, "other");
  lzr_addr address;
  search_generator(other, &generator);
  FAILS(lzr_library_lookup(program, "host", &address), SYMBOL, "'host'");
  cr_expect_eq(call_in(other, "host", 1), 2);
}

Test(generator, gives_its_data_back_when_the_session_ends) {
  struct generator generator = {.at = NULL};
  lzr_session *own = open_session(NULL);
  search_generator(lzr_session_main_library(own), &generator);
  cr_expect_eq(generator.destroyed, 0);
  lzr_session_destroy(own);
  cr_expect_eq(generator.destroyed, 1);
}

/* Several threads. */

static lzr_library *shared;

static void *look_it_up(void *data) {
  (void)data;
  return (void *)(uintptr_t)find_in(shared, "made");
}

Test(generator, defines_a_name_once_for_several_threads) {
  struct generator generator = {.text_name = "made",
                                .text = constant_text("made", 4)};
  lzr_session *own = open_session_of_threads(4);
  shared = lzr_session_main_library(own);
  search_generator(shared, &generator);
  pthread_t threads[8];
  void *result;
  for (int i = 0; i < 8; i++)
    pthread_create(&threads[i], NULL, look_it_up, NULL);
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], &result);
    cr_expect_eq(call((lzr_addr)(uintptr_t)result, 0), 4);
  }
  cr_expect_eq(generator.asked, 1);
  lzr_session_destroy(own);
}
