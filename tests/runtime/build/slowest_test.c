/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/slowest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct lzr_slowest slowest;
static struct lzr_slow_unit units[LZR_SLOWEST];

static void init(void) {
  lzr_slowest_init(&slowest);
}
static void fini(void) {
  lzr_slowest_fini(&slowest);
}

TestSuite(slowest, .init = init, .fini = fini);

static void add(uint64_t time) {
  char name[32];
  snprintf(name, sizeof name, "took_%u", (unsigned)time);
  lzr_slowest_add(&slowest, time, (uint32_t)time + 1, 2, name);
}

static void expect(size_t at, uint64_t time) {
  char name[32];
  snprintf(name, sizeof name, "took_%u", (unsigned)time);
  cr_expect_eq(units[at].time, time);
  cr_expect_eq(units[at].number, time + 1);
  cr_expect_str_eq(units[at].name, name);
}

Test(slowest, is_empty_at_first) {
  cr_expect_eq(lzr_slowest_list(&slowest, units), 0u);
}

Test(slowest, sorts_fewer_than_ten) {
  add(5);
  add(9);
  add(7);
  cr_assert_eq(lzr_slowest_list(&slowest, units), 3u);
  expect(0, 9);
  expect(1, 7);
  expect(2, 5);
}

/* In any order: 37 is prime to 101. */
Test(slowest, keeps_the_ten_slowest_of_a_hundred) {
  for (uint64_t i = 1; i <= 100; i++)
    add(i * 37 % 101);
  cr_assert_eq(lzr_slowest_list(&slowest, units), (size_t)LZR_SLOWEST);
  for (size_t i = 0; i < LZR_SLOWEST; i++)
    expect(i, 100 - i);
}

Test(slowest, cuts_a_long_name) {
  char name[1000];
  memset(name, 'x', sizeof name);
  name[sizeof name - 1] = '\0';
  lzr_slowest_add(&slowest, 1, 0, 1, name);
  cr_assert_eq(lzr_slowest_list(&slowest, units), 1u);
  cr_expect_eq(strlen(units[0].name), sizeof units[0].name - 1);
}
