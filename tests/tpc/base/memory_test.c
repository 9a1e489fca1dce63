/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/memory.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

Test(base_memory, grows_an_array_one_by_one) {
  uint32_t *array = NULL;

  for (uint32_t count = 0; count < 1000; count++) {
    uint32_t *grown = lzr_array_grow(array, count, sizeof *array);

    cr_assert_not_null(grown);
    array = grown;
    array[count] = count;
  }
  for (uint32_t i = 0; i < 1000; i++)
    cr_expect_eq(array[i], i);
  free(array);
}

Test(base_memory, reserves_room_and_keeps_what_is_there) {
  size_t capacity = 0;
  uint64_t *array = lzr_array_reserve(NULL, &capacity, 1, sizeof *array);

  cr_assert_not_null(array);
  cr_expect_geq(capacity, 1);
  array[0] = 42;
  array = lzr_array_reserve(array, &capacity, 1000, sizeof *array);
  cr_assert_not_null(array);
  cr_expect_geq(capacity, 1000);
  cr_expect_eq(array[0], 42);
  array[999] = 1;
  cr_expect_eq(lzr_array_reserve(array, &capacity, 999, sizeof *array), array);
  free(array);
}

Test(base_memory, leaves_an_array_that_cannot_grow) {
  size_t capacity = 0;
  char *array = lzr_array_reserve(NULL, &capacity, 1, 1);
  size_t before = capacity;

  cr_assert_not_null(array);
  array[0] = 'a';
  cr_expect_null(lzr_array_reserve(array, &capacity, SIZE_MAX / 2, 4));
  cr_expect_eq(capacity, before);
  cr_expect_null(lzr_array_grow(array, (size_t)1 << 62, 8));
  cr_expect_eq(array[0], 'a');
  free(array);
}

/* A limit so high that it limits nothing here. */
Test(base_memory, names_what_limits_it) {
  static const char named[] =
      "out of memory: RLIMIT_DATA is 35184372088832 bytes";
  struct rlimit limit;
  lzr_error *error;

  if (getrlimit(RLIMIT_DATA, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY)
    cr_skip_test("memory is limited");
  cr_expect_str_eq(lzr_memory_failure(EACCES), strerror(EACCES));
  limit.rlim_cur = (rlim_t)1 << 45;
  cr_assert_eq(setrlimit(RLIMIT_DATA, &limit), 0);
  cr_expect_eq(strncmp(lzr_memory_reason(), named, sizeof named - 1), 0);
  cr_expect_str_eq(lzr_memory_failure(ENOMEM), lzr_memory_reason());
  error = lzr_out_of_memory();
  cr_expect_str_eq(lzr_error_message(error), lzr_memory_reason());
  lzr_error_destroy(error);
}
