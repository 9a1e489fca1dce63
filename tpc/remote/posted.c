/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/posted.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/remote/remote.h"

void lzr_posted_init(struct lzr_posted_list *list) {
  pthread_mutex_init(&list->lock, NULL);
  list->first = NULL;
}

/* The connection has ended; the remaining operations get no answer. */
void lzr_posted_fini(struct lzr_posted_list *list) {
  while (list->first) {
    struct lzr_posted *posted = list->first;

    list->first = posted->next;
    free(posted);
  }
  pthread_mutex_destroy(&list->lock);
}

lzr_error *lzr_posted_add(struct lzr_remote *remote, const char *operation,
                          const char *what, struct lzr_posted **posted) {
  struct lzr_posted_list *list = &remote->posted;
  size_t size = what ? strlen(what) : 0;
  struct lzr_posted *made = malloc(sizeof *made + size + 1);

  if (!made)
    return lzr_out_of_memory();
  made->remote = remote;
  made->operation = operation;
  if (size)
    memcpy(made->what, what, size);
  made->what[size] = '\0';
  pthread_mutex_lock(&list->lock);
  made->next = list->first;
  made->link = &list->first;
  if (made->next)
    made->next->link = &made->next;
  list->first = made;
  pthread_mutex_unlock(&list->lock);
  *posted = made;
  return NULL;
}

void lzr_posted_remove(struct lzr_posted *posted) {
  struct lzr_posted_list *list = &posted->remote->posted;

  pthread_mutex_lock(&list->lock);
  *posted->link = posted->next;
  if (posted->next)
    posted->next->link = posted->link;
  pthread_mutex_unlock(&list->lock);
  free(posted);
}
