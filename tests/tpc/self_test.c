/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Host functions in this process: code calls them like any C function. */
#include <stdio.h>

#include "tests/tpc_support.h"

TestSuite(tpc_function, .init = open_tpc, .fini = close_tpc, .timeout = 30);

static lzr_error *add_all(void *data, const lzr_value *arguments,
                          lzr_value *result) {
  result->f64 = *(const double *)data + (double)arguments[0].i +
                (double)arguments[1].i + (double)arguments[2].i +
                (double)arguments[3].i + (double)arguments[4].f32 +
                arguments[5].f64 +
                *(const double *)pointer_to(arguments[6].ptr);
  return NULL;
}

Test(tpc_function, gets_arguments_of_every_type) {
  static const lzr_type types[] = {LZR_TYPE_I8,  LZR_TYPE_I16, LZR_TYPE_I32,
                                   LZR_TYPE_I64, LZR_TYPE_F32, LZR_TYPE_F64,
                                   LZR_TYPE_PTR};
  struct lzr_signature signature = {LZR_TYPE_F64, types, 7, 7};
  double data = 1000, pointed = 0.125;
  lzr_addr address;
  double (*function)(int8_t, int16_t, int32_t, int64_t, float, double,
                     double *);

  expect_fine(lzr_tpc_add_function(tpc, &signature, add_all, &data, &address));
  function = (double (*)(int8_t, int16_t, int32_t, int64_t, float, double,
                         double *))(uintptr_t)address;
  cr_expect_eq(function(-1, -2, -3, INT64_C(1) << 40, 0.5f, 0.25, &pointed),
               1000 - 6 + 1099511627776.0 + 0.875);
}

static lzr_error *negate(void *data, const lzr_value *arguments,
                         lzr_value *result) {
  (void)data;
  result->i = -arguments[0].i;
  return NULL;
}

static lzr_addr add_negation(lzr_type type) {
  struct lzr_signature signature = {type, &type, 1, 1};
  lzr_addr address;

  expect_fine(lzr_tpc_add_function(tpc, &signature, negate, NULL, &address));
  return address;
}

/* By code that looks at all of the register. */
Test(tpc_function, gives_narrow_results_with_their_sign) {
  int8_t (*i8)(int8_t) =
      (int8_t (*)(int8_t))(uintptr_t)add_negation(LZR_TYPE_I8);
  int16_t (*i16)(int16_t) =
      (int16_t (*)(int16_t))(uintptr_t)add_negation(LZR_TYPE_I16);
  int32_t (*i32)(int32_t) =
      (int32_t (*)(int32_t))(uintptr_t)add_negation(LZR_TYPE_I32);
  int64_t (*i64)(int64_t) =
      (int64_t (*)(int64_t))(uintptr_t)add_negation(LZR_TYPE_I64);

  cr_expect_eq(i8(5), -5);
  cr_expect_eq(i16(500), -500);
  cr_expect_eq(i32(70000), -70000);
  cr_expect_eq(i64(INT64_C(1) << 40), -(INT64_C(1) << 40));
}

static lzr_error *half(void *data, const lzr_value *arguments,
                       lzr_value *result) {
  (void)data;
  result->f32 = arguments[0].f32 / 2;
  return NULL;
}

Test(tpc_function, gives_a_float) {
  static const lzr_type type = LZR_TYPE_F32;
  struct lzr_signature signature = {LZR_TYPE_F32, &type, 1, 1};
  lzr_addr address;

  expect_fine(lzr_tpc_add_function(tpc, &signature, half, NULL, &address));
  cr_expect_eq(((float (*)(float))(uintptr_t)address)(3.0f), 1.5f);
}

static lzr_error *fail(void *data, const lzr_value *arguments,
                       lzr_value *result) {
  (void)data, (void)arguments;
  result->i = 3; /* of what failed, nothing is returned */
  return lzr_error_create(LZR_ERROR_FILE, "no such thing");
}

static int call_failing(void) {
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  lzr_addr address;

  expect_fine(lzr_tpc_add_function(tpc, &signature, fail, NULL, &address));
  return ((int (*)(void))(uintptr_t)address)();
}

/* The code that made the call cannot learn of the error. */
Test(tpc_function, that_fails_returns_0_and_its_first_error_is_kept) {
  cr_expect_null(lzr_tpc_take_failure(tpc));
  cr_expect_eq(call_failing(), 0);
  expect_error(lzr_tpc_take_failure(tpc), LZR_ERROR_FILE, "no such thing");
  cr_expect_null(lzr_tpc_take_failure(tpc));
  call_failing();
  call_failing(); /* a kept error is destroyed with the TPC */
}

static void count_failure(void *data, lzr_error *error) {
  expect_error(error, LZR_ERROR_FILE, "no such thing");
  ++*(int *)data;
}

Test(tpc_function, that_fails_tells_whoever_asked) {
  int count = 0;

  lzr_tpc_on_failure(tpc, count_failure, &count);
  cr_expect_eq(call_failing(), 0);
  cr_expect_eq(count, 1);
  cr_expect_null(lzr_tpc_take_failure(tpc));
}

Test(tpc_function, is_refused_when_it_is_variadic) {
  static const lzr_type type = LZR_TYPE_I32;
  struct lzr_signature signature = {LZR_TYPE_I32, &type, 1, 0};
  lzr_addr address;

  expect_error(lzr_tpc_add_function(tpc, &signature, negate, NULL, &address),
               LZR_ERROR_ARGUMENT, "variadic");
  signature.fixed_count = 1;
  expect_error(lzr_tpc_add_function(tpc, &signature, NULL, NULL, &address),
               LZR_ERROR_ARGUMENT, "needs");
  signature.parameter_count = signature.fixed_count = 65;
  expect_error(lzr_tpc_add_function(tpc, &signature, negate, NULL, &address),
               LZR_ERROR_LIMIT, "65");
}

Test(tpc_function, says_that_this_process_runs) {
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_RUNNING);
}

Test(tpc_function, exits_this_process, .exit_code = 3) {
  lzr_tpc_exit(tpc, 3);
}
