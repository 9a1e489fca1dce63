/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The TPC that fails on demand, itself. */
#include "tests/failing_tpc.h"

#include "tests/tpc_support.h"

static void open_failing(void) {
  open_tpc();
  expect_fine(lzr_failing_tpc_create(tpc, &tpc));
}

TestSuite(tpc_failing, .init = open_failing, .fini = close_tpc);

Test(tpc_failing, passes_everything_on) {
  lzr_allocation *allocation = make_returner(11);
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  lzr_value value;

  expect_fine(lzr_tpc_call(tpc, allocation->address[LZR_PROT_CODE], &signature,
                           NULL, &value));
  cr_expect_eq(value.i, 11);
  cr_expect_eq(lzr_failing_tpc_count(tpc), 3);
  cr_expect_gt(lzr_tpc_facts(tpc)->page_size, 0);
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_failing, fails_the_nth_operation_and_only_that) {
  struct lzr_layout layout = {.size = {RETURNER_SIZE}};
  lzr_allocation *allocation = NULL;

  lzr_failing_tpc_arm(tpc, 2);
  allocation = reserve(RETURNER_SIZE, 0, 0);
  expect_error(lzr_tpc_reserve(tpc, &layout, &allocation), LZR_ERROR_TARGET,
               "reserve fails, as operation 2");
  commit_returner(allocation, 5);
  cr_expect_eq(run(allocation), 5);
}
