/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/worklist.h"

#include <pthread.h>

#include "tests/runtime_support.h"

TestSuite(worklist, .timeout = 120);

/* ---- Data in circles ------------------------------------------------------
 */

enum { RING = 24 };

/* Module i has @r<i> = {its number, the next one's address}, and if it is the
   bad one, the address of what is nowhere. */
static void add_ring(lzr_library *library, int bad) {
  char text[512], name[32];
  for (int i = 0; i < RING; i++) {
    int next = (i + 1) % RING;
    snprintf(text, sizeof text,
             "@r%d = external global { i64, ptr, ptr }\n"
             "@missing_from_ring = external global i8\n"
             "@r%d = global { i64, ptr, ptr } { i64 %d, ptr @r%d, ptr %s }\n"
             "@apart%d = global i64 %d\n",
             next, i, i, next, i == bad ? "@missing_from_ring" : "null", i,
             1000 + i);
    snprintf(name, sizeof name, "ring%d.ll", i);
    add_text(library, name, text);
  }
}

struct link {
  int64_t number;
  const struct link *next;
  void *other;
};

static const struct link *link_at(lzr_session *session, int i) {
  char name[16];
  snprintf(name, sizeof name, "r%d", i);
  return (const struct link *)(uintptr_t)find(session, name);
}

Test(worklist, brings_a_circle_of_modules_in_whole) {
  lzr_session *session = open_session(NULL);
  add_ring(lzr_session_main_library(session), -1);
  const struct link *start = link_at(session, 7), *at = start;
  for (int i = 0; i < RING; i++, at = at->next) {
    cr_assert_eq(at->number, (7 + i) % RING);
    cr_assert_eq(at, link_at(session, (7 + i) % RING));
  }
  cr_expect_eq(at, start);
  cr_expect_eq(count(session).units, RING);
  lzr_session_destroy(session);
}

static void *find_own(void *data) {
  lzr_session *session = data;
  for (int i = 0; i < RING; i++) {
    const struct link *link = link_at(session, i);
    if (link->number != i || link->next->number != (i + 1) % RING)
      return session;
  }
  return NULL;
}

Test(worklist, brings_a_circle_in_once_whichever_threads_ask) {
  for (int round = 0; round < 20; round++) {
    lzr_session *session = open_session_of_threads(4);
    pthread_t threads[4];
    add_ring(lzr_session_main_library(session), -1);
    for (int i = 0; i < 4; i++)
      cr_assert_eq(pthread_create(&threads[i], NULL, find_own, session), 0);
    for (int i = 0; i < 4; i++) {
      void *wrong;
      pthread_join(threads[i], &wrong);
      cr_expect_null(wrong);
    }
    cr_expect_eq(count(session).units, RING);
    lzr_session_destroy(session);
  }
}

/* ---- One of them fails ---------------------------------------------------
 */

static void expect_failed(lzr_library *library, const char *name,
                          const char *file) {
  lzr_addr address = 1;
  FAILS(lzr_library_lookup(library, name, &address), SYMBOL, file,
        "missing_from_ring");
  cr_expect_eq(address, 0);
}

Test(worklist, fails_all_that_depend_on_data_that_fails_by_its_sentence) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_ring(library, 5);
  for (int i = 0; i < RING; i++) {
    char name[16];
    snprintf(name, sizeof name, "r%d", i);
    expect_failed(library, name, "ring5.ll");
    /* The same module's, so it lies in the same unit. */
    snprintf(name, sizeof name, "apart%d", i);
    expect_failed(library, name, "ring5.ll");
  }
  cr_expect_eq(count(session).units, 0);
  lzr_session_destroy(session);
}

static void add_chain(lzr_library *library) {
  add_text(library, "bad.ll",
           "@missing_from_ring = external global i8\n"
           "@good = external global i64\n"
           "@bad = global [2 x ptr] [ptr @missing_from_ring, ptr @good]\n");
  add_text(library, "good.ll",
           "@good = global i64 5\n"
           "@better = external global i64\n"
           "@points = global ptr @better\n");
  add_text(library, "better.ll", "@better = global i64 6\n");
  add_text(library, "above.ll",
           "@bad = external global [2 x ptr]\n"
           "@above = global ptr @bad\n");
}

Test(worklist, keeps_what_failed_data_mentions_usable) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_chain(library);
  expect_failed(library, "bad", "bad.ll");
  cr_expect_eq(count(session).units, 2, "good.ll and better.ll");
  cr_expect_eq(*(int64_t *)(uintptr_t)find(session, "good"), 5);
  cr_expect_eq(**(int64_t **)(uintptr_t)find(session, "points"), 6);
  cr_expect_eq(count(session).units, 2);
  lzr_session_destroy(session);
}

Test(worklist, fails_what_comes_to_depend_on_it_later) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_chain(library);
  expect_failed(library, "bad", "bad.ll");
  expect_failed(library, "above", "above.ll");
  expect_failed(library, "above", "above.ll");
  lzr_session_destroy(session);
}

/* ---- Functions and their data --------------------------------------------
 */

Test(worklist, keeps_the_data_of_a_function_that_fails) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  lzr_library *library = lzr_session_main_library(session);
  add_chain(library);
  add_text(library, "user.ll",
           "@nowhere_at_all = external global i32\n"
           "@points = external global ptr\n"
           "define i32 @user() {\n"
           "  %p = load ptr, ptr @points\n"
           "  %a = load i32, ptr %p\n"
           "  %b = load i32, ptr @nowhere_at_all\n"
           "  %r = add i32 %a, %b\n"
           "  ret i32 %r\n"
           "}\n"
           "define i32 @other() {\n"
           "  %p = load ptr, ptr @points\n"
           "  %a = load i32, ptr %p\n"
           "  ret i32 %a\n"
           "}\n");
  cr_expect_eq(call_named(session, "user", 0), 0);
  cr_expect_eq(failures.count, 1);
  cr_expect(strstr(failures.message, "nowhere_at_all"), "%s", failures.message);
  cr_expect_eq(call_named(session, "other", 0), 6);
  cr_expect_eq(failures.count, 1);
  lzr_session_destroy(session);
}

Test(worklist, does_not_run_a_function_whose_data_fails) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  lzr_library *library = lzr_session_main_library(session);
  add_chain(library);
  add_text(library, "user.ll",
           "@above = external global ptr\n"
           "@good = external global i64\n"
           "define i32 @user() {\n"
           "  store i64 9, ptr @good\n"
           "  %p = load ptr, ptr @above\n"
           "  %null = icmp eq ptr %p, null\n"
           "  %r = zext i1 %null to i32\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "user", 0), 0);
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "user");
  cr_expect(strstr(failures.message, "bad.ll: data"), "%s", failures.message);
  cr_expect_eq(count(session).functions_compiled, 0);
  cr_expect_eq(*(int64_t *)(uintptr_t)find(session, "good"), 5);
  lzr_session_destroy(session);
}
