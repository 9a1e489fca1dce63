/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/recent.h"

#include <criterion/criterion.h>

enum { COUNT = 3 * LZR_RECENT_MOST };

static struct lzr_recent_list list;
static struct lzr_recent members[COUNT];

Test(recent, drops_what_was_not_used_for_longest) {
  cr_expect_null(lzr_recent_drop(&list));
  for (int i = 0; i < COUNT; i++)
    lzr_recent_use(&list, &members[i]);
  lzr_recent_use(&list, &members[0]);
  lzr_recent_use(&list, &members[2]);
  lzr_recent_use(&list, &members[2]);
  cr_expect_eq(list.count, COUNT);
  cr_expect_eq(lzr_recent_drop(&list), &members[1]);
  for (int i = 3; i < 2 + COUNT - LZR_RECENT_MOST; i++)
    cr_expect_eq(lzr_recent_drop(&list), &members[i]);
  cr_expect_null(lzr_recent_drop(&list));
  cr_expect_eq(list.count, LZR_RECENT_MOST);
}

Test(recent, removes_a_member_wherever_it_is) {
  for (int i = 0; i < 5; i++)
    lzr_recent_use(&list, &members[i]);
  static const int order[] = {2, 0, 4, 3, 1};
  for (int i = 0; i < 5; i++) {
    lzr_recent_remove(&list, &members[order[i]]);
    lzr_recent_remove(&list, &members[order[i]]);
    cr_expect_eq(list.count, (size_t)(4 - i));
  }
  cr_expect_null(list.newest);
  cr_expect_null(list.oldest);
}
