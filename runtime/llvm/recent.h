/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lists what was used, in the order in which it was used last, so that what has
 * not been used for longest can be freed. Not thread-safe.
 */
#ifndef LZR_LLVM_RECENT_H
#define LZR_LLVM_RECENT_H

#include <stddef.h>

/* The most that a list keeps. */
enum { LZR_RECENT_MOST = 64 };

/* A member of a list, or of none: all zero. */
struct lzr_recent {
  struct lzr_recent *newer, *older;
};

/* All zero is an empty list. */
struct lzr_recent_list {
  struct lzr_recent *newest, *oldest;
  size_t count;
};

/* Puts the member in front, whether it is in the list or not. */
void lzr_recent_use(struct lzr_recent_list *list, struct lzr_recent *member);

/* Takes the member out, if it is in the list. */
void lzr_recent_remove(struct lzr_recent_list *list, struct lzr_recent *member);

/* Takes the oldest member out and returns it, if there are more than the list
   keeps; else returns NULL. */
struct lzr_recent *lzr_recent_drop(struct lzr_recent_list *list);

#endif
