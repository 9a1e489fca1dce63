/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Operations that were posted and not answered yet. The list says what each of
 * them is for, so that a failure that arrives later is reported like one that
 * is found at once.
 *
 * Thread-safe.
 */
#ifndef LZR_REMOTE_POSTED_H
#define LZR_REMOTE_POSTED_H

#include <pthread.h>

#include "tpc/base/error.h"

struct lzr_remote;

struct lzr_posted {
  struct lzr_posted *next, **link; /* in the list */
  struct lzr_remote *remote;
  const char *operation; /* "a commit"; static */
  char what[];           /* "" or what it is for */
};

struct lzr_posted_list {
  pthread_mutex_t lock;
  struct lzr_posted *first; /* owned, as the rest */
};

void lzr_posted_init(struct lzr_posted_list *list);
void lzr_posted_fini(struct lzr_posted_list *list);

/* what may be NULL; it is copied. The list owns *posted until it is removed. */
lzr_error *lzr_posted_add(struct lzr_remote *remote, const char *operation,
                          const char *what, struct lzr_posted **posted);
void lzr_posted_remove(struct lzr_posted *posted);

#endif
