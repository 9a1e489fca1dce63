/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A refusal has the right kind, says why, and leaves the bytes alone.
 */
#ifndef STUBS_REFUSALS_H
#define STUBS_REFUSALS_H

#include <criterion/criterion.h>
#include <string.h>

#include "tpc/base/error.h"

static inline void refused(lzr_error *error, lzr_error_kind kind,
                           const char *words) {
  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), kind, "%s", lzr_error_message(error));
  cr_expect_not_null(strstr(lzr_error_message(error), words), "'%s' in '%s'",
                     words, lzr_error_message(error));
  lzr_error_destroy(error);
}

/* bytes were all 0 before. */
static inline void nothing_written(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    cr_assert_eq(bytes[i], 0);
}

#endif
