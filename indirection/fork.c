/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/fork.h"

#include <pthread.h>
#include <string.h>

#include "indirection/state.h"

/* Guards the list; taken before any indirection's own lock. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lzr_indirection *list;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int register_result;

static void before_fork(void) {
  pthread_mutex_lock(&list_lock);
  for (struct lzr_indirection *i = list; i; i = i->next)
    pthread_mutex_lock(&i->lock);
}

/* Runs in both processes: in the child, too, this is the thread that has taken
   the locks. */
static void after_fork(void) {
  for (struct lzr_indirection *i = list; i; i = i->next)
    pthread_mutex_unlock(&i->lock);
  pthread_mutex_unlock(&list_lock);
}

static void register_handlers(void) {
  register_result = pthread_atfork(before_fork, after_fork, after_fork);
}

lzr_error *lzr_fork_guard_add(lzr_indirection *indirection) {
  pthread_once(&once, register_handlers);
  if (register_result != 0)
    return lzr_error_create(LZR_ERROR_MEMORY, "no fork handlers: %s",
                            strerror(register_result));
  pthread_mutex_lock(&list_lock);
  indirection->previous = NULL;
  indirection->next = list;
  if (list)
    list->previous = indirection;
  list = indirection;
  pthread_mutex_unlock(&list_lock);
  return NULL;
}

void lzr_fork_guard_remove(lzr_indirection *indirection) {
  pthread_mutex_lock(&list_lock);
  if (indirection->previous)
    indirection->previous->next = indirection->next;
  else
    list = indirection->next;
  if (indirection->next)
    indirection->next->previous = indirection->previous;
  pthread_mutex_unlock(&list_lock);
}
