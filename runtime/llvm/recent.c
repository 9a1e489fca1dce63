/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/recent.h"

void lzr_recent_remove(struct lzr_recent_list *list,
                       struct lzr_recent *member) {
  if (!member->newer && list->newest != member)
    return;
  *(member->newer ? &member->newer->older : &list->newest) = member->older;
  *(member->older ? &member->older->newer : &list->oldest) = member->newer;
  member->newer = member->older = NULL;
  list->count--;
}

void lzr_recent_use(struct lzr_recent_list *list, struct lzr_recent *member) {
  lzr_recent_remove(list, member);
  member->older = list->newest;
  *(list->newest ? &list->newest->newer : &list->oldest) = member;
  list->newest = member;
  list->count++;
}

struct lzr_recent *lzr_recent_drop(struct lzr_recent_list *list) {
  struct lzr_recent *oldest = list->oldest;
  if (list->count <= LZR_RECENT_MOST)
    return NULL;
  lzr_recent_remove(list, oldest);
  return oldest;
}
