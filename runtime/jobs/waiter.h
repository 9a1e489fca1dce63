/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A thread that waits for a job. Most jobs take half a millisecond, and a
 * program that starts makes hundreds of first calls one after the other, while
 * waking a thread on another processor takes tens of microseconds each time. So
 * the compile thread wakes the waiting thread a little before the job is done,
 * and the waiting thread then stays awake. A waiter lives on the waiting
 * thread's stack.
 */
#ifndef LZR_WAITER_H
#define LZR_WAITER_H

#include <semaphore.h>
#include <stdatomic.h>

#include "tpc/base/error.h"

struct lzr_waiter {
  sem_t woken;
  atomic_int state;        /* enum state in waiter.c */
  lzr_error *error;        /* the job's, once it is done; owned */
  struct lzr_waiter *next; /* another waiter for the same job */
};

void lzr_waiter_init(struct lzr_waiter *waiter);
void lzr_waiter_fini(struct lzr_waiter *waiter);

/* On the waiting thread: returns once the job is done. */
void lzr_waiter_wait(struct lzr_waiter *waiter);

/* Called by the thread that does the job. lzr_waiter_alert(), which may be left
   out, wakes the waiting thread a little before the job is done; it does harm
   where that thread would keep the job from the only processor.
   lzr_waiter_release() says that the job is done: the waiter must not be
   touched afterwards. */
void lzr_waiter_alert(struct lzr_waiter *waiter);
void lzr_waiter_release(struct lzr_waiter *waiter);

#endif
