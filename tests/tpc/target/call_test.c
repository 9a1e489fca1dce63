/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tpc_call, .init = open_tpc, .fini = close_tpc);

#define ADDRESS(function) ((lzr_addr)(uintptr_t)(function))

static lzr_value call(lzr_addr function, lzr_type result,
                      const lzr_type *parameters, size_t count, size_t fixed,
                      const lzr_value *arguments) {
  struct lzr_signature signature = {result, parameters, count, fixed};
  lzr_value value = {.i = -1};

  expect_fine(lzr_tpc_call(tpc, function, &signature, arguments, &value));
  return value;
}

/* The bits above a narrow value in its register are undefined. */
static int8_t narrow8(int8_t a, int16_t b) {
  return (int8_t)(a + b);
}

static int16_t narrow16(int16_t a) {
  return (int16_t)(a - 1);
}

static int32_t narrow32(int32_t a, int8_t b) {
  return a * b;
}

Test(tpc_call, sign_extends_narrow_integers_both_ways) {
  static const lzr_type two[] = {LZR_TYPE_I8, LZR_TYPE_I16};
  static const lzr_type one[] = {LZR_TYPE_I16};
  static const lzr_type mixed[] = {LZR_TYPE_I32, LZR_TYPE_I8};

  cr_expect_eq(call(ADDRESS(narrow8), LZR_TYPE_I8, two, 2, 2,
                    (lzr_value[]){{.i = -100}, {.i = 20}})
                   .i,
               -80);
  cr_expect_eq(call(ADDRESS(narrow8), LZR_TYPE_I8, two, 2, 2,
                    (lzr_value[]){{.i = 0x7fffffff01}, {.i = 0x55550001}})
                   .i,
               2);
  cr_expect_eq(call(ADDRESS(narrow16), LZR_TYPE_I16, one, 1, 1,
                    (lzr_value[]){{.i = -32000}})
                   .i,
               -32001);
  cr_expect_eq(call(ADDRESS(narrow32), LZR_TYPE_I32, mixed, 2, 2,
                    (lzr_value[]){{.i = 1000000}, {.i = -7}})
                   .i,
               -7000000);
}

static void *add_to_pointer(void *pointer, int64_t offset) {
  return (char *)pointer + offset;
}

static float mix(float a, double b, int64_t c) {
  return (float)((double)a + b + (double)c);
}

Test(tpc_call, passes_pointers_and_floating_point) {
  static const lzr_type pointer[] = {LZR_TYPE_PTR, LZR_TYPE_I64};
  static const lzr_type floats[] = {LZR_TYPE_F32, LZR_TYPE_F64, LZR_TYPE_I64};
  static const lzr_type one[] = {LZR_TYPE_F64};

  cr_expect_eq(call(ADDRESS(add_to_pointer), LZR_TYPE_PTR, pointer, 2, 2,
                    (lzr_value[]){{.ptr = 0x7000000000}, {.i = -8}})
                   .ptr,
               0x6ffffffff8);
  cr_expect_eq(call(ADDRESS(mix), LZR_TYPE_F32, floats, 3, 3,
                    (lzr_value[]){{.f32 = 1.5f}, {.f64 = 2.25}, {.i = 4}})
                   .f32,
               7.75f);
  cr_expect_eq(
      call(ADDRESS(sqrt), LZR_TYPE_F64, one, 1, 1, (lzr_value[]){{.f64 = 2.25}})
          .f64,
      1.5);
}

static int64_t sum_many(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e,
                        int64_t f, int64_t g, int64_t h, int64_t i, int64_t j) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i +
         10 * j;
}

Test(tpc_call, passes_arguments_on_the_stack) {
  lzr_type types[10];
  lzr_value values[10];
  int64_t expected = 0;

  for (int i = 0; i < 10; i++) {
    types[i] = LZR_TYPE_I64;
    values[i].i = 100 + i;
    expected += (i + 1) * (100 + i);
  }
  cr_expect_eq(call(ADDRESS(sum_many), LZR_TYPE_I64, types, 10, 10, values).i,
               expected);
}

static char sentence[64];

static int format(const char *text, ...) {
  va_list arguments;
  int length;

  va_start(arguments, text);
  length = vsnprintf(sentence, sizeof sentence, text, arguments);
  va_end(arguments);
  return length;
}

Test(tpc_call, promotes_variadic_arguments) {
  static const lzr_type types[] = {LZR_TYPE_PTR, LZR_TYPE_F32, LZR_TYPE_I8,
                                   LZR_TYPE_I16, LZR_TYPE_F64, LZR_TYPE_I64};
  lzr_value values[] = {{.ptr = ADDRESS("%.1f %d %d %.2f %ld")},
                        {.f32 = 1.5f},
                        {.i = -3},
                        {.i = -300},
                        {.f64 = 0.25},
                        {.i = 1L << 40}};

  cr_expect_eq(call(ADDRESS(format), LZR_TYPE_I32, types, 6, 1, values).i, 30);
  cr_expect_str_eq(sentence, "1.5 -3 -300 0.25 1099511627776");
}

static int calls;

static void count_call(void) {
  calls++;
}

Test(tpc_call, leaves_the_result_of_void_alone) {
  struct lzr_signature signature = {.result = LZR_TYPE_VOID};
  lzr_value value = {.i = 99};

  expect_fine(lzr_tpc_call(tpc, ADDRESS(count_call), &signature, NULL, &value));
  expect_fine(lzr_tpc_call(tpc, ADDRESS(count_call), &signature, NULL, NULL));
  expect_fine(lzr_tpc_run_void(tpc, ADDRESS(count_call)));
  cr_expect_eq(value.i, 99);
  cr_expect_eq(calls, 3);
}

static void refuse(struct lzr_signature signature, const lzr_value *arguments,
                   lzr_error_kind kind, const char *words) {
  lzr_value value;

  expect_error(
      lzr_tpc_call(tpc, ADDRESS(count_call), &signature, arguments, &value),
      kind, words);
  cr_expect_eq(calls, 0);
}

Test(tpc_call, refuses_malformed_signatures) {
  static const lzr_type one[] = {LZR_TYPE_I64}, none[] = {LZR_TYPE_VOID};
  static const lzr_type odd[] = {(lzr_type)50};
  static lzr_type many[65];
  lzr_value value = {.i = 0};

  refuse((struct lzr_signature){LZR_TYPE_VOID, one, 1, 2}, &value,
         LZR_ERROR_ARGUMENT, "more fixed");
  refuse((struct lzr_signature){LZR_TYPE_VOID, none, 1, 1}, &value,
         LZR_ERROR_ARGUMENT, "parameter 0");
  refuse((struct lzr_signature){LZR_TYPE_VOID, odd, 1, 1}, &value,
         LZR_ERROR_ARGUMENT, "parameter 0");
  refuse((struct lzr_signature){(lzr_type)50, one, 1, 1}, &value,
         LZR_ERROR_ARGUMENT, "result");
  refuse((struct lzr_signature){LZR_TYPE_VOID, NULL, 1, 1}, &value,
         LZR_ERROR_ARGUMENT, "types are missing");
  refuse((struct lzr_signature){LZR_TYPE_VOID, one, 1, 1}, NULL,
         LZR_ERROR_ARGUMENT, "arguments are missing");
  refuse((struct lzr_signature){LZR_TYPE_VOID, many, 65, 65}, &value,
         LZR_ERROR_LIMIT, "65 parameters");
  expect_error(lzr_tpc_run_void(tpc, 0), LZR_ERROR_ARGUMENT, "function");
}

static int sum_sixty_four(int first, ...) {
  va_list arguments;
  int sum = first;

  va_start(arguments, first);
  for (int i = 1; i < 64; i++)
    sum += va_arg(arguments, int);
  va_end(arguments);
  return sum;
}

Test(tpc_call, takes_sixty_four_parameters) {
  lzr_type types[64];
  lzr_value values[64];

  for (int i = 0; i < 64; i++) {
    types[i] = LZR_TYPE_I32;
    values[i].i = i;
  }
  cr_expect_eq(
      call(ADDRESS(sum_sixty_four), LZR_TYPE_I32, types, 64, 1, values).i,
      2016);
}

/* ---- Programs
 * ------------------------------------------------------------------ */

static char **kept;

static int program(int argc, char **argv, char **envp) {
  if (argc != 2 || argv[2] || strcmp(argv[0], "program") != 0 ||
      envp != environ)
    return 1;
  argv[1][0] = 'T'; /* a program may write to its arguments */
  kept = argv;
  return 42;
}

Test(tpc_call, runs_a_program_with_arguments_of_its_own) {
  static const char *const arguments[] = {"program", "text"};
  int status = -1;

  expect_fine(lzr_tpc_run_main(tpc, ADDRESS(program), 2, arguments, &status));
  cr_expect_eq(status, 42);
  cr_expect_str_eq(arguments[1], "text");
  cr_expect_str_eq(kept[1], "Text", "they must outlive main");
}

static int no_arguments(int argc, char **argv, char **envp) {
  (void)envp;
  return argc == 0 && !argv[0] ? 0 : 1;
}

Test(tpc_call, runs_a_program_without_arguments) {
  static const char *const hole[] = {"program", NULL};
  int status = -1;

  expect_fine(lzr_tpc_run_main(tpc, ADDRESS(no_arguments), 0, NULL, &status));
  cr_expect_eq(status, 0);
  expect_error(lzr_tpc_run_main(tpc, ADDRESS(no_arguments), -1, NULL, &status),
               LZR_ERROR_ARGUMENT, "arguments are missing");
  expect_error(lzr_tpc_run_main(tpc, ADDRESS(no_arguments), 2, hole, &status),
               LZR_ERROR_ARGUMENT, "argument 1");
}

/* ---- Handlers
 * ------------------------------------------------------------------ */

static uint64_t handle(void *data, uint64_t index) {
  return *(uint64_t *)data + index;
}

Test(tpc_call, calls_back_through_a_context) {
  uint64_t data[] = {1000, 2000};
  lzr_addr contexts[2];

  for (int i = 0; i < 2; i++)
    expect_fine(lzr_tpc_add_handler(tpc, handle, &data[i], &contexts[i]));
  for (int i = 0; i < 2; i++) {
    uint64_t (**entry)(void *, uint64_t) = pointer_to(contexts[i]);

    cr_expect_eq((*entry)(entry, 7), data[i] + 7);
  }
  expect_error(lzr_tpc_add_handler(tpc, NULL, NULL, contexts),
               LZR_ERROR_ARGUMENT, "handler");
}
