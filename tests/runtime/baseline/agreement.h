/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of the baseline generator: the same functions by LLVM and by it
 * must return the same, for all pairs of some numbers. Functions are i64
 * @fN(i64, i64), N from 0 on.
 */
#ifndef LZR_TESTS_RUNTIME_BASELINE_AGREEMENT_H
#define LZR_TESTS_RUNTIME_BASELINE_AGREEMENT_H

#include "tests/runtime_support.h"

typedef int64_t binary_function(int64_t a, int64_t b);

static inline lzr_session *open_generator(enum lzr_code_generator generator,
                                          const char *text) {
  struct lzr_session_options options = session_options();
  options.code_generator = generator;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "test.ll", text);
  return session;
}

static inline uint64_t count_baseline(lzr_session *session) {
  struct lzr_session_statistics statistics = {.size = sizeof statistics};
  lzr_session_get_statistics(session, &statistics);
  return statistics.functions_baseline;
}

/* All that has been compiled was compiled by the baseline generator. */
static inline void expect_no_fallback(lzr_session *session, const char *text) {
  struct lzr_fallback_info *list;
  size_t count;
  succeed(lzr_session_list_fallbacks(session, &list, &count));
  cr_expect_eq(count, 0, "by LLVM: %s\n%s", count ? list[0].reason : "", text);
  free(list);
}

static inline binary_function *find_binary(lzr_session *session,
                                           const char *name) {
  return (binary_function *)(uintptr_t)find(session, name);
}

static const int64_t interesting[] = {0,
                                      1,
                                      2,
                                      3,
                                      5,
                                      7,
                                      8,
                                      31,
                                      63,
                                      64,
                                      100,
                                      127,
                                      128,
                                      255,
                                      256,
                                      0x7fff,
                                      0x8000,
                                      0xffff,
                                      0x123456,
                                      0x7fffff,
                                      0x800000,
                                      INT32_MAX,
                                      INT32_MIN,
                                      UINT32_MAX,
                                      0x12345678,
                                      -1,
                                      -2,
                                      -3,
                                      -128,
                                      -129,
                                      -32768,
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_C(0x5555555555555555),
                                      INT64_C(0x123456789abcdef0),
                                      INT64_C(0x3ff0000000000000),
                                      INT64_C(0x7ff8000000000000),
                                      INT64_C(0x4037b333333333ff)};

enum { INTERESTING = sizeof interesting / sizeof *interesting };

static inline void compare_functions(binary_function *wanted,
                                     binary_function *ours, const char *name,
                                     const char *text) {
  for (size_t i = 0; i < INTERESTING; i++)
    for (size_t k = 0; k < INTERESTING; k++) {
      int64_t a = interesting[i], b = interesting[k];
      int64_t want = wanted(a, b), got = ours(a, b);
      cr_assert_eq(want, got, "%s(%#llx, %#llx) is %#llx, not %#llx in\n%s",
                   name, (unsigned long long)a, (unsigned long long)b,
                   (unsigned long long)got, (unsigned long long)want, text);
    }
}

/* A module whose functions f0 to f(count - 1) must agree. */
static inline void agree(const char *text, unsigned count) {
  lzr_session *llvm = open_generator(LZR_CODEGEN_LLVM, text);
  lzr_session *baseline = open_generator(LZR_CODEGEN_BASELINE, text);
  for (unsigned i = 0; i < count; i++) {
    char name[16];
    snprintf(name, sizeof name, "f%u", i);
    compare_functions(find_binary(llvm, name), find_binary(baseline, name),
                      name, text);
  }
  expect_no_fallback(baseline, text);
  cr_expect_geq(count_baseline(baseline), count);
  lzr_session_destroy(llvm);
  lzr_session_destroy(baseline);
}

#endif
