/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/options.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

struct older {
  size_t size;
  const char *name;
};

struct known {
  size_t size;
  const char *name;
  uint64_t limit;
};

struct newer {
  size_t size;
  const char *name;
  uint64_t limit;
  const char *extra;
};

static struct known taken;

static void expect_taken(const void *given) {
  memset(&taken, 0xff, sizeof taken);
  cr_expect_null(lzr_options_take(&taken, sizeof taken, given, "a test"));
}

static void expect_refused(const void *given, lzr_error_kind kind,
                           const char *word) {
  lzr_error *error = lzr_options_take(&taken, sizeof taken, given, "a test");

  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), kind);
  cr_expect_not_null(strstr(lzr_error_message(error), word), "%s",
                     lzr_error_message(error));
  lzr_error_destroy(error);
}

Test(base_options, of_this_version_are_taken_as_they_are) {
  struct known given = {sizeof given, "a name", 7};

  expect_taken(&given);
  cr_expect_str_eq(taken.name, "a name");
  cr_expect_eq(taken.limit, 7);
}

Test(base_options, of_an_older_version_have_nothing_in_newer_fields) {
  struct older given = {sizeof given, "a name"};

  expect_taken(&given);
  cr_expect_str_eq(taken.name, "a name");
  cr_expect_eq(taken.limit, 0);
  cr_expect_eq(taken.size, sizeof taken);
}

Test(base_options, of_a_newer_version_are_taken_if_the_rest_is_zero) {
  struct newer given = {.size = sizeof given, .name = "a name", .limit = 7};

  expect_taken(&given);
  cr_expect_str_eq(taken.name, "a name");
  cr_expect_eq(taken.limit, 7);
  given.extra = "unheard of";
  expect_refused(&given, LZR_ERROR_UNSUPPORTED, "32 bytes");
}

Test(base_options, are_refused_if_their_size_is_none) {
  struct known given = {0};

  expect_refused(&given, LZR_ERROR_ARGUMENT, "0 bytes");
  given.size = sizeof given.size - 1;
  expect_refused(&given, LZR_ERROR_ARGUMENT, "7 bytes");
  given.size = sizeof given - 1; /* half a field */
  expect_refused(&given, LZR_ERROR_ARGUMENT, "23 bytes");
  given.size = SIZE_MAX - 7;
  expect_refused(&given, LZR_ERROR_ARGUMENT, "size");
}
