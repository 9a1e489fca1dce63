/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every limit that the public headers state: at it things work, beyond it they
   are refused with a sentence, and what there was before is unharmed. */
#include "indirection/indirection.h"
#include "tests/runtime_support.h"

/* Sessions. */

static void try_options(const struct lzr_session_options *options, bool fine,
                        lzr_error_kind kind) {
  lzr_session *session;
  lzr_error *error = lzr_session_create(NULL, options, &session);
  cr_expect_eq(error == NULL, fine);
  if (error)
    cr_expect_eq(lzr_error_get_kind(error), kind);
  lzr_error_destroy(error);
  lzr_session_destroy(session);
}

Test(limits, optimization_is_0_to_3) {
  struct lzr_session_options options = session_options();
  for (options.optimization = -1; options.optimization <= 4;
       options.optimization++)
    try_options(&options,
                options.optimization >= 0 && options.optimization <= 3,
                LZR_ERROR_ARGUMENT);
}

Test(limits, compile_threads_are_at_most_64) {
  struct lzr_session_options options = session_options();
  options.compile_threads = 65;
  try_options(&options, false, LZR_ERROR_LIMIT);
  options.compile_threads = UINT32_MAX;
  try_options(&options, false, LZR_ERROR_LIMIT);
  lzr_session *session = open_session_of_threads(64);
  add_text(lzr_session_main_library(session), "f.ll",
           "define i32 @f() {\n"
           "  ret i32 64\n"
           "}\n");
  cr_expect_eq(call_named(session, "f", 0), 64);
  lzr_session_destroy(session);
}

/* Modules. */

/* A session whose function f reads the last byte of a variable of this size and
   alignment, and whose function g needs none of that. */
static lzr_session *open_with_variable(struct failures *failures,
                                       unsigned long long size,
                                       unsigned long long align) {
  char text[640];
  snprintf(text, sizeof text,
           "@v = global [%llu x i8] zeroinitializer, align %llu\n"
           "define i32 @f() {\n"
           "  %%p = getelementptr i8, ptr @v, i64 %llu\n"
           "  store i8 1, ptr %%p\n"
           "  %%v = load i8, ptr %%p\n"
           "  %%r = zext i8 %%v to i32\n"
           "  ret i32 %%r\n"
           "}\n"
           "define i32 @g() {\n"
           "  ret i32 2\n"
           "}\n",
           size, align, size - 1);
  lzr_session *session = open_session_noting(failures);
  add_text(lzr_session_main_library(session), "variable.ll", text);
  return session;
}

static void expect_limit(unsigned long long size, unsigned long long align) {
  struct failures failures = {0};
  lzr_session *session = open_with_variable(&failures, size, align);
  lzr_addr address;
  cr_expect_eq(call_named(session, "f", 0), 0);
  cr_expect_eq(failures.count, 1);
  cr_expect(strstr(failures.message, "variable.ll"), "%s", failures.message);
  FAILS(lzr_library_lookup(lzr_session_main_library(session), "v", &address),
        LIMIT, "variable.ll");
  cr_expect_eq(call_named(session, "g", 0), 2, "it is usable after that");
  cr_expect_eq(failures.count, 1, "%s", failures.message);
  lzr_session_destroy(session);
}

Test(limits, a_variable_is_aligned_to_at_most_1_mib) {
  struct failures failures = {0};
  lzr_session *session = open_with_variable(&failures, 16, 1 << 20);
  cr_expect_eq(call_named(session, "f", 0), 1, "%s", failures.message);
  cr_expect_eq(find(session, "v") % (1 << 20), 0);
  lzr_session_destroy(session);
  expect_limit(16, 1 << 21);
}

/* As of a linked program: more of it can only be reached by whole addresses. */
Test(limits, code_reaches_nearly_2_gib_of_data) {
  struct failures failures = {0};
  lzr_addr address;
  lzr_session *session = open_with_variable(&failures, 1900 << 20, 16);
  cr_expect_eq(call_named(session, "f", 0), 1, "%s", failures.message);
  lzr_session_destroy(session);
  session = open_with_variable(&failures, UINT64_C(3) << 30, 16);
  cr_expect_eq(call_named(session, "f", 0), 0);
  cr_expect(strstr(failures.message, "too far away"), "%s", failures.message);
  succeed(lzr_library_lookup(lzr_session_main_library(session), "v", &address));
  *(char *)(uintptr_t)(address + (UINT64_C(3) << 30) - 1) = 5;
  lzr_session_destroy(session);
  expect_limit(UINT64_C(1) << 40, 16);
}

Test(limits, there_is_none_for_names) {
  enum { LENGTH = 100000 };
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  char *name = malloc(LENGTH + 1), *text = malloc(LENGTH + 100);
  lzr_addr address;
  memset(name, 'n', LENGTH);
  name[LENGTH] = '\0';
  sprintf(text, "define i32 @%s() {\n  ret i32 5\n}\n", name);
  add_text(library, "long.ll", text);
  cr_expect_eq(call_named(session, name, 0), 5);
  name[0] = 'm';
  FAILS(lzr_library_lookup(library, name, &address), SYMBOL, "'mnnn");
  free(name);
  free(text);
  lzr_session_destroy(session);
}

Test(limits, there_is_none_for_libraries) {
  enum { COUNT = 500 };
  lzr_session *session = open_session(NULL);
  lzr_library *main = lzr_session_main_library(session);
  for (int i = 0; i < COUNT; i++) {
    lzr_library *library = make_library(session, "one of many");
    succeed(lzr_library_search_library(main, library));
    if (i == COUNT - 1)
      add_text(library, "last.ll",
               "define i32 @f() {\n"
               "  ret i32 6\n"
               "}\n");
  }
  cr_expect_eq(call_named(session, "f", 0), 6);
  lzr_session_destroy(session);
}

/* The target, stubs, errors. */

static lzr_error *reserve_aligned(lzr_tpc *tpc, uint64_t align) {
  struct lzr_layout layout = {.size = {64, 64, 64}};
  lzr_allocation *allocation = NULL;
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    layout.align[i] = align;
  lzr_error *error = lzr_tpc_reserve(tpc, &layout, &allocation);
  for (int i = 0; !error && i <= LZR_PROT_DATA; i++)
    cr_expect_eq(allocation->address[i] % align, 0);
  if (!error)
    lzr_tpc_release(tpc, allocation);
  return error;
}

Test(limits, an_allocation_is_aligned_to_a_power_of_two_up_to_1_mib) {
  lzr_tpc *tpc;
  succeed(lzr_tpc_create_self(&tpc));
  succeed(reserve_aligned(tpc, 1));
  succeed(reserve_aligned(tpc, 1 << 20));
  FAILS(reserve_aligned(tpc, 1 << 21), ARGUMENT, "2097152");
  FAILS(reserve_aligned(tpc, 24), ARGUMENT, "24");
  lzr_tpc_close(tpc);
}

Test(limits, one_call_makes_at_most_2_26_stubs) {
  lzr_tpc *tpc;
  lzr_indirection *indirection;
  struct lzr_stub stub;
  lzr_addr target = (lzr_addr)(uintptr_t)getpid;
  succeed(lzr_tpc_create_self(&tpc));
  succeed(lzr_indirection_create(tpc, &indirection));
  FAILS(
      lzr_stubs_create(indirection, &target, (size_t)LZR_STUBS_MAX + 1, &stub),
      LIMIT, "stubs");
  succeed(lzr_stubs_create(indirection, &target, 1, &stub));
  cr_expect_eq(call(stub.address, 0), (int)getpid());
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
}

Test(limits, a_sentence_of_an_error_has_at_most_1023_bytes) {
  char words[2000];
  memset(words, 'w', sizeof words - 1);
  words[sizeof words - 1] = '\0';
  lzr_error *error =
      lzr_error_create(LZR_ERROR_FILE, "%s", words + 1999 - 1023);
  cr_expect_eq(strlen(lzr_error_message(error)), 1023);
  lzr_error_destroy(error);
  error = lzr_error_create(LZR_ERROR_FILE, "%s", words);
  cr_expect_eq(strlen(lzr_error_message(error)), 1023);
  lzr_error_destroy(error);
}
