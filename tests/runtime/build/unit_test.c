/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/unit.h"

#include "tests/failing_tpc.h"
#include "tests/runtime_support.h"

TestSuite(unit, .timeout = 120);

static const char program[] = "@counter = global i32 10\n"
                              "define i32 @up(i32 %x) {\n"
                              "  %v = load i32, ptr @counter\n"
                              "  %s = add i32 %v, %x\n"
                              "  store i32 %s, ptr @counter\n"
                              "  ret i32 %s\n"
                              "}\n";

static lzr_session *open_failing(lzr_tpc **failing) {
  lzr_tpc *self;
  lzr_session *session;
  succeed(lzr_tpc_create_self(&self));
  succeed(lzr_failing_tpc_create(self, failing));
  succeed(lzr_session_create(*failing, NULL, &session));
  add_text(lzr_session_main_library(session), "up.ll", program);
  return session;
}

static size_t list_count(lzr_session *session) {
  struct lzr_function_info *functions;
  size_t count;
  succeed(lzr_session_list_functions(session, &functions, &count));
  free(functions);
  return count;
}

/* The last operation for a unit is its commit. */
static unsigned operations_of_a_first_call(void) {
  lzr_tpc *failing;
  lzr_session *session = open_failing(&failing);
  lzr_addr up = find(session, "up");
  lzr_failing_tpc_arm(failing, 0);
  cr_expect_eq(call(up, 1), 11);
  unsigned operations = lzr_failing_tpc_count(failing);
  lzr_session_destroy(session);
  return operations;
}

Test(unit, that_could_not_get_into_the_target_is_nowhere) {
  unsigned operations = operations_of_a_first_call();
  cr_assert_geq(operations, 3, "room and commits of data and code");
  for (unsigned nth = 1; nth <= operations; nth++) {
    lzr_tpc *failing;
    lzr_session *session = open_failing(&failing);
    lzr_addr up = find(session, "up");
    lzr_failing_tpc_arm(failing, nth);
    cr_expect_eq(call(up, 1), 0, "operation %u", nth);
    lzr_failing_tpc_arm(failing, 0);
    FAILS(lzr_session_take_failure(session), TARGET, "up.ll", "fails");
    cr_expect_eq(count(session).functions_compiled, 0, "operation %u", nth);
    cr_expect_eq(list_count(session), 0, "operation %u", nth);
    cr_expect_eq(call(up, 1), 0, "it is bound to something");
    lzr_session_destroy(session);
  }
}

Test(unit, is_listed_with_its_number_version_and_size_once_it_is_committed) {
  lzr_session *session = open_text(program);
  lzr_addr up = find(session, "up");
  cr_expect_eq(list_count(session), 0);
  call(up, 1);
  struct lzr_function_info *functions;
  size_t count_listed;
  succeed(lzr_session_list_functions(session, &functions, &count_listed));
  cr_assert_eq(count_listed, 1);
  cr_expect_str_eq(functions->name, "up");
  cr_expect_str_eq(functions->module, "test.ll");
  cr_expect_eq(functions->version, 0);
  cr_expect_neq(functions->address, up, "the body is not the stub");
  cr_expect_gt(functions->code_size, 0);
  cr_expect_leq(functions->code_size, count(session).code_bytes);
  free(functions);
  lzr_session_destroy(session);
}

/* A weak definition that has gone into a unit stays. */
Test(unit, settles_which_definition_prevails) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "weak.ll",
           "define weak i32 @built(i32 %x) {\n"
           "  ret i32 1\n"
           "}\n"
           "define weak i32 @cold(i32 %x) {\n"
           "  ret i32 1\n"
           "}\n");
  cr_expect_eq(call_named(session, "built", 0), 1);
  find(session, "cold");
  add_text(library, "strong.ll",
           "define i32 @built(i32 %x) {\n"
           "  ret i32 2\n"
           "}\n"
           "define i32 @cold(i32 %x) {\n"
           "  ret i32 2\n"
           "}\n");
  cr_expect_eq(call_named(session, "built", 0), 1);
  cr_expect_eq(call_named(session, "cold", 0), 2);
  lzr_session_destroy(session);
}
