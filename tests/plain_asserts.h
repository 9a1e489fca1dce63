/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Criterion's macros for programs with a main of their own, which run under
 * ThreadSanitizer, where Criterion cannot start. The first check that does not
 * hold ends the program.
 */
#ifndef LZR_TESTS_PLAIN_ASSERTS_H
#define LZR_TESTS_PLAIN_ASSERTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void plain_check(int holds, const char *file, int line,
                               const char *what) {
  if (holds)
    return;
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  exit(1);
}

#define PLAIN_CHECK(condition)                                                 \
  plain_check((condition) ? 1 : 0, __FILE__, __LINE__, #condition)

#define cr_assert(condition, ...) PLAIN_CHECK(condition)
#define cr_expect(condition, ...) PLAIN_CHECK(condition)
#define cr_assert_eq(left, right, ...) PLAIN_CHECK((left) == (right))
#define cr_expect_eq(left, right, ...) PLAIN_CHECK((left) == (right))
#define cr_assert_leq(left, right, ...) PLAIN_CHECK((left) <= (right))
#define cr_assert_null(pointer, ...) PLAIN_CHECK((pointer) == NULL)
#define cr_expect_null(pointer, ...) PLAIN_CHECK((pointer) == NULL)
#define cr_assert_not_null(pointer, ...) PLAIN_CHECK((pointer) != NULL)
#define cr_assert_str_eq(left, right, ...) PLAIN_CHECK(!strcmp(left, right))
#define cr_expect_arr_eq(left, right, size, ...)                               \
  PLAIN_CHECK(!memcmp(left, right, size))
#define cr_assert_fail(...) PLAIN_CHECK(!"reached")

#endif
