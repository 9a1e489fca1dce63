/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Only arithmetic is under test: no memory stands behind the addresses. */
#include "tpc/common/ranges.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { BASE = 0x1000000, SIZE = 0x100000 };

static struct lzr_ranges ranges;

static void init(void) {
  cr_assert(lzr_ranges_init(&ranges, BASE, SIZE, true));
}

static void fini(void) {
  lzr_ranges_fini(&ranges);
}

TestSuite(tpc_ranges, .init = init, .fini = fini);

static struct lzr_range *take(uint64_t size, uint64_t align) {
  struct lzr_range *range = NULL;

  cr_assert_eq(lzr_ranges_take(&ranges, size, align, &range), LZR_TAKE_OK);
  return range;
}

/* Whether everything is free, and in one piece. */
static bool is_whole(void) {
  return ranges.root && ranges.root->address == BASE &&
         ranges.root->size == SIZE && !ranges.root->left && !ranges.root->right;
}

Test(tpc_ranges, takes_the_lowest_that_fits) {
  struct lzr_range *a = take(32, 16), *b = take(48, 16), *c = take(16, 16);

  cr_expect_eq(a->address, BASE);
  cr_expect_eq(b->address, BASE + 32);
  cr_expect_eq(c->address, BASE + 80);
  lzr_ranges_give(&ranges, b);
  b = take(16, 16);
  cr_expect_eq(b->address, BASE + 32);
  lzr_ranges_give(&ranges, a);
  lzr_ranges_give(&ranges, b);
  lzr_ranges_give(&ranges, c);
  cr_expect(is_whole());
}

Test(tpc_ranges, rounds_up_to_the_unit) {
  struct lzr_range *a = take(1, 1), *b = take(17, 4);

  cr_expect_eq(a->size, 16);
  cr_expect_eq(b->address, BASE + 16);
  cr_expect_eq(b->size, 32);
  lzr_ranges_give(&ranges, a);
  lzr_ranges_give(&ranges, b);
}

Test(tpc_ranges, finds_a_freed_aligned_block_again) {
  struct lzr_range *before = take(4096, 16), *block = take(8192, 4096);
  struct lzr_range *after = take(16, 4096);
  uint64_t address = block->address;

  cr_expect_eq(address, BASE + 4096);
  lzr_ranges_give(&ranges, block);
  block = take(8192, 4096);
  cr_expect_eq(block->address, address);
  lzr_ranges_give(&ranges, before);
  lzr_ranges_give(&ranges, after);
  lzr_ranges_give(&ranges, block);
  cr_expect(is_whole());
}

Test(tpc_ranges, finds_an_aligned_place_behind_many_unaligned_ones) {
  enum { HOLES = 500 };
  struct lzr_range *holes[HOLES], *walls[HOLES], *found;
  struct lzr_range *start = take(16, 16); /* the space itself is aligned */

  for (int i = 0; i < HOLES; i++) {
    holes[i] = take(64, 16);
    walls[i] = take(16, 16);
  }
  for (int i = 0; i < HOLES; i++)
    lzr_ranges_give(&ranges, holes[i]);
  found = take(64, 65536);
  cr_expect_eq(found->address % 65536, 0);
  lzr_ranges_give(&ranges, found);
  lzr_ranges_give(&ranges, start);
  for (int i = 0; i < HOLES; i++)
    lzr_ranges_give(&ranges, walls[i]);
  cr_expect(is_whole());
}

Test(tpc_ranges, is_full_when_it_is) {
  struct lzr_range *all = take(SIZE, 16), *none = NULL;

  cr_expect_eq(lzr_ranges_take(&ranges, 16, 16, &none), LZR_TAKE_FULL);
  lzr_ranges_give(&ranges, all);
  cr_expect_eq(lzr_ranges_take(&ranges, SIZE + 1, 16, &none), LZR_TAKE_FULL);
  cr_expect_eq(lzr_ranges_take(&ranges, UINT64_MAX, 16, &none), LZR_TAKE_FULL);
  cr_expect_eq(lzr_ranges_take(&ranges, 0, 16, &none), LZR_TAKE_FULL);
  cr_expect(is_whole());
}

/* Checks that nodes are in the order of addresses and a heap of priorities,
   that no two neighbours touch, and that each node knows the largest range
   below it. Returns that largest range. */
static uint64_t check_tree(const struct lzr_range *range, uint64_t *end) {
  uint64_t left, right, largest;

  if (!range)
    return 0;
  left = check_tree(range->left, end);
  cr_assert(*end == 0 || range->address > *end);
  *end = range->address + range->size;
  right = check_tree(range->right, end);
  cr_assert(!range->left || range->left->priority <= range->priority);
  cr_assert(!range->right || range->right->priority <= range->priority);
  largest = left > right ? left : right;
  largest = range->size > largest ? range->size : largest;
  cr_assert_eq(range->largest, largest);
  return largest;
}

/* Checks on a map that every unit of the space belongs to at most one taker. */
Test(tpc_ranges, never_gives_one_place_to_two) {
  enum { STEPS = 200000, LIVE = 2000 };
  static bool map[SIZE / LZR_RANGE_UNIT];
  static struct lzr_range *live[LIVE];

  srand(1);
  for (int step = 0; step < STEPS; step++) {
    struct lzr_range **at = &live[rand() % LIVE];
    bool taken = *at != NULL;
    uint64_t align = UINT64_C(1) << rand() % 12, end = 0;

    if (step % 100 == 0)
      check_tree(ranges.root, &end);
    if (!taken && lzr_ranges_take(&ranges, 1 + (unsigned)rand() % 900, align,
                                  at) != LZR_TAKE_OK)
      continue;
    cr_assert(taken || (*at)->address % align == 0);
    for (uint64_t i = 0; i < (*at)->size / LZR_RANGE_UNIT; i++) {
      bool *unit = &map[((*at)->address - BASE) / LZR_RANGE_UNIT + i];

      cr_assert_eq(*unit, taken);
      *unit = !taken;
    }
    if (taken) {
      lzr_ranges_give(&ranges, *at);
      *at = NULL;
    }
  }
  for (int i = 0; i < LIVE; i++)
    if (live[i])
      lzr_ranges_give(&ranges, live[i]);
  cr_expect(is_whole());
}

/* ---- At a given address -------------------------------------------------- */

static enum lzr_take take_at(uint64_t address, uint64_t size,
                             struct lzr_range **range) {
  return lzr_ranges_take_at(&ranges, address, size, range);
}

Test(tpc_ranges, takes_exactly_what_is_asked_for) {
  struct lzr_range *a, *b, *c;

  cr_assert_eq(take_at(BASE + 64, 20, &a), LZR_TAKE_OK);
  cr_expect_eq(a->address, BASE + 64);
  cr_expect_eq(a->size, 32);
  cr_assert_eq(take_at(BASE + 96, 16, &b), LZR_TAKE_OK);
  cr_assert_eq(take_at(BASE + 48, 16, &c), LZR_TAKE_OK);
  lzr_ranges_give(&ranges, b);
  lzr_ranges_give(&ranges, a);
  lzr_ranges_give(&ranges, c);
  cr_expect(is_whole());
}

Test(tpc_ranges, refuses_what_is_not_all_free) {
  struct lzr_range *range = NULL, *other = NULL;

  cr_assert_eq(take_at(BASE + 64, 32, &range), LZR_TAKE_OK);
  cr_expect_eq(take_at(BASE + 64, 16, &other), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE + 80, 32, &other), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE + 48, 17, &other), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE + 48, 32, &other), LZR_TAKE_FULL);
  cr_expect_null(other);
  lzr_ranges_give(&ranges, range);
  cr_expect(is_whole());
}

Test(tpc_ranges, refuses_what_is_not_in_it) {
  struct lzr_range *range = NULL;

  cr_expect_eq(take_at(BASE - 16, 16, &range), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE + SIZE, 16, &range), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE + SIZE - 16, 17, &range), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE + 8, 16, &range), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE, 0, &range), LZR_TAKE_FULL);
  cr_expect_eq(take_at(BASE, UINT64_MAX, &range), LZR_TAKE_FULL);
  cr_expect_eq(take_at(UINT64_MAX - 15, 16, &range), LZR_TAKE_FULL);
  cr_expect_null(range);
  cr_expect(is_whole());
}

/* libgcc's registry believes that code at a multiple of 4 GiB is not there. */
Test(tpc_ranges, no_code_begins_at_a_multiple_of_4_gib) {
  static const uint64_t boundary = UINT64_C(5) << 32;
  struct lzr_ranges across, from;
  struct lzr_range *range = NULL, *other = NULL;

  cr_assert(lzr_ranges_init(&across, boundary - 64, 128, true));
  cr_expect_eq(lzr_ranges_take_at(&across, boundary, 16, &range),
               LZR_TAKE_FULL);
  cr_expect_eq(lzr_ranges_take(&across, 65, 16, &range), LZR_TAKE_FULL);
  cr_assert_eq(lzr_ranges_take(&across, 64, 16, &range), LZR_TAKE_OK);
  cr_expect_eq(range->address, boundary - 64);
  cr_assert_eq(lzr_ranges_take(&across, 48, 16, &other), LZR_TAKE_OK);
  cr_expect_eq(other->address, boundary + 16);
  free(range);
  free(other);
  lzr_ranges_fini(&across);
  cr_assert(lzr_ranges_init(&from, boundary, 128, true));
  cr_assert_eq(lzr_ranges_take(&from, 16, 16, &range), LZR_TAKE_OK);
  cr_expect_eq(range->address, boundary + 16);
  free(range);
  lzr_ranges_fini(&from);
}

Test(tpc_ranges, data_may_lie_across_a_multiple_of_4_gib) {
  static const uint64_t boundary = UINT64_C(5) << 32;
  struct lzr_ranges data;
  struct lzr_range *range = NULL;

  cr_assert(lzr_ranges_init(&data, boundary - 64, 128, false));
  cr_assert_eq(lzr_ranges_take(&data, 128, 16, &range), LZR_TAKE_OK);
  cr_expect_eq(range->address, boundary - 64);
  free(range);
  lzr_ranges_fini(&data);
}

Test(tpc_ranges, takes_from_the_end_where_that_is_wanted) {
  struct lzr_ranges down;
  struct lzr_range *range = NULL, *other = NULL, *third = NULL;

  cr_assert(lzr_ranges_init(&down, BASE, 4096, false));
  down.from_end = true;
  cr_assert_eq(lzr_ranges_take(&down, 100, 16, &range), LZR_TAKE_OK);
  cr_expect_eq(range->address, BASE + 4096 - 112);
  cr_assert_eq(lzr_ranges_take(&down, 16, 1024, &other), LZR_TAKE_OK);
  cr_expect_eq(other->address, BASE + 3072);
  cr_expect_eq(lzr_ranges_take(&down, 3073, 16, &third), LZR_TAKE_FULL);
  cr_expect_eq(lzr_ranges_take(&down, 3072, 2048, &third), LZR_TAKE_OK);
  cr_expect_eq(third->address, BASE);
  lzr_ranges_give(&down, third);
  lzr_ranges_give(&down, range);
  lzr_ranges_give(&down, other);
  cr_assert_eq(lzr_ranges_take(&down, 4096, 16, &range), LZR_TAKE_OK);
  cr_expect_eq(range->address, BASE);
  free(range);
  lzr_ranges_fini(&down);
}
