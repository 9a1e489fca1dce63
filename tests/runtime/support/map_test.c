/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/support/map.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int values[3];

Test(map, is_empty_when_all_zero) {
  struct lzr_map map = {0};
  cr_expect_null(lzr_map_get(&map, "anything"));
  cr_expect_null(lzr_map_get(&map, ""));
  lzr_map_fini(&map);
}

Test(map, finds_what_was_put_by_the_key_s_content) {
  struct lzr_map map = {0};
  char key[] = "key", same[] = "key";
  cr_assert(lzr_map_put(&map, key, &values[0]));
  cr_assert(lzr_map_put(&map, "", &values[1]));
  cr_expect_eq(lzr_map_get(&map, same), &values[0]);
  cr_expect_eq(lzr_map_get(&map, ""), &values[1]);
  cr_expect_null(lzr_map_get(&map, "ke"));
  cr_expect_null(lzr_map_get(&map, "key "));
  lzr_map_fini(&map);
}

Test(map, replaces_a_value_and_its_key) {
  struct lzr_map map = {0};
  char *old_key = strdup("key");
  cr_assert(lzr_map_put(&map, old_key, &values[0]));
  cr_assert(lzr_map_put(&map, "key", &values[1]));
  memset(old_key, 'x', 3);
  free(old_key); /* the map must not look at it any more */
  cr_expect_eq(lzr_map_get(&map, "key"), &values[1]);
  cr_expect_eq(map.count, 1);
  lzr_map_fini(&map);
}

Test(map, keeps_everything_while_it_grows) {
  enum { COUNT = 20000 };
  struct lzr_map map = {0};
  static char keys[COUNT][16];
  for (int i = 0; i < COUNT; i++) {
    snprintf(keys[i], sizeof keys[i], "name%d", i);
    cr_assert(lzr_map_put(&map, keys[i], keys[i]));
    cr_assert_eq(map.count, (size_t)i + 1);
    cr_assert_eq(map.capacity & (map.capacity - 1), 0);
    cr_assert_lt(map.count, map.capacity, "a free entry ends a search");
  }
  for (int i = 0; i < COUNT; i++)
    cr_assert_eq(lzr_map_get(&map, keys[i]), keys[i]);
  cr_expect_null(lzr_map_get(&map, "name20000"));
  lzr_map_fini(&map);
}

Test(map, does_not_move_for_as_many_puts_as_were_reserved) {
  enum { COUNT = 1000 };
  struct lzr_map map = {0};
  static char keys[COUNT][16];
  cr_assert(lzr_map_put(&map, "first", values));
  cr_assert(lzr_map_reserve(&map, COUNT));
  struct lzr_map_entry *entries = map.entries;
  for (int i = 0; i < COUNT; i++) {
    snprintf(keys[i], sizeof keys[i], "name%d", i);
    cr_assert(lzr_map_put(&map, keys[i], keys[i]));
  }
  cr_expect_eq(map.entries, entries);
  cr_expect_eq(lzr_map_get(&map, "first"), values);
  lzr_map_fini(&map);
}

Test(map, is_empty_again_when_finished_with) {
  struct lzr_map map = {0};
  cr_assert(lzr_map_put(&map, "key", values));
  lzr_map_fini(&map);
  cr_expect_null(lzr_map_get(&map, "key"));
  cr_assert(lzr_map_put(&map, "key", values));
  lzr_map_fini(&map);
}

/* A search must not stop at the place of a removed entry. */
Test(map, forgets_what_was_removed_and_nothing_else) {
  enum { COUNT = 2000 };
  struct lzr_map map = {0};
  static char keys[COUNT][16];
  for (int i = 0; i < COUNT; i++) {
    snprintf(keys[i], sizeof keys[i], "name%d", i);
    cr_assert(lzr_map_put(&map, keys[i], keys[i]));
  }
  for (int removed = 0; removed < COUNT; removed += 3)
    lzr_map_remove(&map, keys[removed]);
  lzr_map_remove(&map, "name0");
  for (int i = 0; i < COUNT; i++)
    cr_assert_eq(lzr_map_get(&map, keys[i]), i % 3 ? keys[i] : NULL, "%d", i);
  for (int i = 0; i < COUNT; i++)
    lzr_map_remove(&map, keys[i]);
  cr_expect_eq(map.count, 0);
  cr_assert(lzr_map_put(&map, keys[7], keys[7]));
  cr_expect_eq(lzr_map_get(&map, keys[7]), keys[7]);
  lzr_map_fini(&map);
  lzr_map_remove(&map, "key");
}

Test(map, does_not_grow_by_what_comes_and_goes) {
  struct lzr_map map = {0};
  char key[16];
  for (int i = 0; i < 1000; i++) {
    snprintf(key, sizeof key, "name%d", i);
    cr_assert(lzr_map_put(&map, key, values));
    lzr_map_remove(&map, key);
  }
  cr_expect_eq(map.capacity, 16);
  lzr_map_fini(&map);
}
