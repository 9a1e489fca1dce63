/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Only arithmetic is under test: no memory stands behind the addresses. */
#include "tpc/common/allocation.h"

#include <criterion/criterion.h>

enum { CODE = 0x10000, DATA = 0x20000, SIZE = 0x1000 };

static const lzr_allocation allocation = {
    .address = {[LZR_PROT_CODE] = CODE, [LZR_PROT_DATA] = DATA},
    .size = {[LZR_PROT_CODE] = SIZE, [LZR_PROT_DATA] = SIZE}};

static void expect(lzr_error *error, const char *message) {
  cr_assert(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_ARGUMENT);
  cr_expect_str_eq(lzr_error_message(error), message);
  lzr_error_destroy(error);
}

Test(tpc_allocation, finds_the_part_that_has_all_of_a_range) {
  cr_expect_eq(lzr_allocation_find(&allocation, CODE, SIZE), LZR_PROT_CODE);
  cr_expect_eq(lzr_allocation_find(&allocation, DATA + 1, SIZE - 1),
               LZR_PROT_DATA);
  cr_expect_eq(lzr_allocation_find(&allocation, DATA + 1, SIZE),
               LZR_PROT_COUNT);
  cr_expect_eq(lzr_allocation_find(&allocation, DATA - 1, 1), LZR_PROT_COUNT);
  cr_expect_eq(lzr_allocation_find(&allocation, DATA, UINT64_MAX),
               LZR_PROT_COUNT);
  cr_expect_eq(lzr_allocation_find(&allocation, 0, 0), LZR_PROT_COUNT);
}

Test(tpc_allocation, refuses_a_segment_that_reaches_out) {
  struct lzr_segment segment = {
      .address = DATA, .byte_count = SIZE - 8, .zero_count = 8};
  cr_expect(!lzr_allocation_check_segment(&allocation, &segment));
  segment.zero_count = 9;
  expect(lzr_allocation_check_segment(&allocation, &segment),
         "a segment at 0x20000 of 4088 bytes and 9 zeros is not inside the "
         "allocation");
  segment.zero_count = UINT64_MAX; /* the sum is below SIZE */
  lzr_error *error = lzr_allocation_check_segment(&allocation, &segment);
  cr_expect(error);
  lzr_error_destroy(error);
}

Test(tpc_allocation, refuses_an_action_that_reaches_out_or_is_unknown) {
  struct lzr_action action = {LZR_ACTION_EH_FRAMES, DATA, SIZE};
  cr_expect(!lzr_allocation_check_action(&allocation, &action));
  action.size++;
  expect(lzr_allocation_check_action(&allocation, &action),
         "an action on 4097 bytes at 0x20000 is not inside the allocation");
  action.kind = LZR_ACTION_JITDUMP + 1;
  expect(lzr_allocation_check_action(&allocation, &action),
         "there is no action 5");
}

Test(tpc_allocation, refuses_a_store_that_is_misaligned_or_reaches_out) {
  struct lzr_pointer_store stores[] = {{DATA, 1}, {DATA + SIZE - 8, 2}};
  cr_expect(!lzr_stores_check(DATA, SIZE, stores, 2));
  expect(lzr_stores_check(DATA, SIZE - 1, stores, 2),
         "0x20ff8 is not an aligned pointer in committed data");
  stores[1].address -= 4;
  expect(lzr_stores_check(DATA, SIZE, stores, 2),
         "0x20ff4 is not an aligned pointer in committed data");
}
