/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program may fork, and its child may make a first call. Around a fork no job
 * runs and the forking thread holds the locks that are registered here, so the
 * child finds everything whole. The child starts compile threads of its own
 * when it needs them.
 */
#ifndef LZR_JOBS_FORK_H
#define LZR_JOBS_FORK_H

#include <pthread.h>

#include "runtime/jobs/workers.h"

enum { LZR_FORK_LOCKS = 2 };

/* What is quiet while the process forks. */
struct lzr_fork_watch {
  struct lzr_workers *workers;
  pthread_mutex_t
      *locks[LZR_FORK_LOCKS]; /* threads other than compile threads
                                 take them, one at a time; or NULL */
  struct lzr_fork_watch *next;
};

/* watch is borrowed until it is removed. Any thread. */
lzr_error *lzr_fork_watch_add(struct lzr_fork_watch *watch);
/* A watch that was never added may be removed. */
void lzr_fork_watch_remove(struct lzr_fork_watch *watch);

#endif
