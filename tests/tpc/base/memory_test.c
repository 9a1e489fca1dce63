/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/memory.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

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
