/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/extents.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct lzr_extents extents;

static void end(void) {
  lzr_extents_fini(&extents);
}

TestSuite(extents, .fini = end, .timeout = 60);

/* The i-th of many functions, of 1 to 16 bytes, with a gap behind every second
   one. */
enum { COUNT = 5000, STRIDE = 16 };

static struct lzr_extent extent_of(unsigned i) {
  return (struct lzr_extent){.start = 0x10000 + (lzr_addr)i * STRIDE,
                             .size = i % 2 ? STRIDE : 1 + i % (STRIDE - 1),
                             .module = "m",
                             .unit = i,
                             .version = i % 3};
}

static void shuffle(unsigned *order, unsigned count, unsigned seed) {
  for (unsigned i = 0; i < count; i++)
    order[i] = i;
  for (unsigned i = count - 1; i > 0; i--) {
    unsigned other = (unsigned)rand_r(&seed) % (i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
}

/* Adds functions in batches of 1 to batch, each batch in any order. */
static void add_in_order(const unsigned *order, unsigned count,
                         unsigned batch) {
  struct lzr_extent added[32];
  for (unsigned i = 0, size = 1; i < count; i += size, size = 1 + i % batch) {
    if (size > count - i)
      size = count - i;
    for (unsigned k = 0; k < size; k++)
      added[k] = extent_of(order[i + k]);
    cr_assert(lzr_extents_add(&extents, added, size));
  }
}

static void expect_at(lzr_addr address, const struct lzr_extent *wanted) {
  struct lzr_extent found = {0};
  bool is_there = lzr_extents_find(&extents, address, &found);
  cr_assert_eq(is_there, wanted != NULL, "at %#llx",
               (unsigned long long)address);
  if (!wanted)
    return;
  cr_assert_eq(found.start, wanted->start);
  cr_assert_eq(found.size, wanted->size);
  cr_assert_eq(found.unit, wanted->unit);
  cr_assert_eq(found.version, wanted->version);
}

/* The bytes on both sides of where it begins and ends. */
static void expect_bounds(unsigned i) {
  struct lzr_extent extent = extent_of(i), next = extent_of(i + 1);
  lzr_addr last = extent.start + extent.size;
  expect_at(extent.start, &extent);
  expect_at(last - 1, &extent);
  bool touches = i + 1 < COUNT && next.start == last;
  expect_at(last, touches ? &next : NULL);
  if (i == 0)
    expect_at(extent.start - 1, NULL);
}

static void expect_list(unsigned count) {
  struct lzr_extent *list;
  size_t listed;
  cr_assert(lzr_extents_list(&extents, &list, &listed));
  cr_assert_eq(listed, count);
  for (size_t i = 1; i < listed; i++)
    cr_assert_lt(list[i - 1].start, list[i].start);
  free(list);
}

Test(extents, an_empty_set_has_none) {
  expect_at(0, NULL);
  expect_at(UINT64_MAX, NULL);
  expect_list(0);
  cr_assert(lzr_extents_add(&extents, NULL, 0));
  expect_list(0);
}

Test(extents, are_found_at_their_first_and_last_byte_and_not_beside_them) {
  static unsigned order[COUNT];
  for (unsigned seed = 1; seed <= 3; seed++) {
    shuffle(order, COUNT, seed);
    add_in_order(order, COUNT, 1 + 15 * (seed - 1));
    for (unsigned i = 0; i < COUNT; i++)
      expect_bounds(i);
    expect_list(COUNT);
    lzr_extents_fini(&extents);
  }
}

/* Each step of the merging of runs has all that was added before. */
Test(extents, stay_found_while_others_are_added) {
  static unsigned order[600];
  shuffle(order, 600, 7);
  for (unsigned i = 0; i < 600; i++) {
    struct lzr_extent added = extent_of(order[i]);
    cr_assert(lzr_extents_add(&extents, &added, 1));
    for (unsigned k = 0; k < 600; k++) {
      struct lzr_extent wanted = extent_of(order[k]);
      expect_at(wanted.start, k <= i ? &wanted : NULL);
    }
    expect_list(i + 1);
  }
}

Test(extents, are_found_at_the_ends_of_the_address_space) {
  struct lzr_extent ends[] = {{.start = UINT64_MAX - 7, .size = 8, .unit = 1},
                              {.start = 0, .size = 4, .unit = 2}};
  cr_assert(lzr_extents_add(&extents, ends, 2));
  expect_at(UINT64_MAX, &ends[0]);
  expect_at(UINT64_MAX - 8, NULL);
  expect_at(0, &ends[1]);
  expect_at(3, &ends[1]);
  expect_at(4, NULL);
}

Test(extents, of_no_size_are_nowhere_but_listed) {
  struct lzr_extent none = {.start = 0x1000, .size = 0};
  cr_assert(lzr_extents_add(&extents, &none, 1));
  expect_at(0x1000, NULL);
  expect_list(1);
}

/* A function's bodies of several versions lie at addresses of their own. */
Test(extents, know_which_version_of_a_function_lies_where) {
  struct lzr_extent versions[] = {{.start = 0x3000, .size = 16, .version = 0},
                                  {.start = 0x1000, .size = 16, .version = 1},
                                  {.start = 0x2000, .size = 16, .version = 2}};
  for (unsigned i = 0; i < 3; i++)
    cr_assert(lzr_extents_add(&extents, &versions[i], 1));
  for (unsigned i = 0; i < 3; i++)
    expect_at(versions[i].start + 5, &versions[i]);
}

Test(extents, go_and_can_come_again) {
  struct lzr_extent one = extent_of(1);
  cr_assert(lzr_extents_add(&extents, &one, 1));
  lzr_extents_fini(&extents);
  expect_at(one.start, NULL);
  cr_assert(lzr_extents_add(&extents, &one, 1));
  expect_at(one.start, &one);
}

/* ---- Removing ------------------------------------------------------------ */

Test(extents, forget_what_was_removed_and_nothing_else) {
  static unsigned order[COUNT];
  shuffle(order, COUNT, 3);
  add_in_order(order, COUNT, 32);
  for (unsigned i = 0; i + 7 < COUNT; i += 10) {
    struct lzr_code_range ranges[] = {
        {extent_of(i).start, extent_of(i + 2).start},
        {extent_of(i + 5).start, extent_of(i + 6).start}};
    cr_assert(lzr_extents_remove(&extents, ranges, 2));
  }
  for (unsigned i = 0; i < COUNT; i++) {
    struct lzr_extent wanted = extent_of(i);
    unsigned k = i % 10;
    expect_at(wanted.start, k == 0 || k == 1 || k == 5 ? NULL : &wanted);
  }
  struct lzr_extent *list;
  size_t count;
  cr_assert(lzr_extents_list(&extents, &list, &count));
  cr_expect_eq(count, COUNT / 10 * 7);
  free(list);
}

Test(extents, come_and_go_without_growing) {
  struct lzr_extent stays = extent_of(0), comes = extent_of(2);
  struct lzr_code_range range = {comes.start, comes.start + 1};
  struct lzr_extent *list;
  size_t count;
  cr_assert(lzr_extents_remove(&extents, &range, 1));
  cr_assert(lzr_extents_add(&extents, &stays, 1));
  for (int i = 0; i < 1000; i++) {
    cr_assert(lzr_extents_add(&extents, &comes, 1));
    expect_at(comes.start, &comes);
    cr_assert(lzr_extents_remove(&extents, &range, 1));
    expect_at(comes.start, NULL);
    expect_at(stays.start, &stays);
  }
  cr_assert(lzr_extents_list(&extents, &list, &count));
  cr_expect_eq(count, 1);
  free(list);
}
