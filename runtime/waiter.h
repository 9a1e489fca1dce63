/*
 * A thread that waits for a job. Most take half a millisecond, and a program
 * that starts makes hundreds of first calls one after the other, while waking a
 * thread on another processor takes tens of microseconds each time. So it is
 * woken a little before the job is done, and then stays awake. Lives on the
 * waiting thread's stack.
 */
#ifndef LZR_WAITER_H
#define LZR_WAITER_H

#include <semaphore.h>
#include <stdatomic.h>

#include "tpc/error.h"

struct lzr_waiter {
  sem_t woken;
  atomic_int state;        /* enum state in waiter.c */
  lzr_error *error;        /* the job's, once it is done; owned */
  struct lzr_waiter *next; /* that waits for the same job */
};

void lzr_waiter_init(struct lzr_waiter *waiter);
void lzr_waiter_fini(struct lzr_waiter *waiter);

/* On the waiting thread: returns once the job is done. */
void lzr_waiter_wait(struct lzr_waiter *waiter);

/* By the thread that does the job. The first, which may be left out, says that
   it is as good as done; it is no good where the waiter would keep the job from
   the only processor. After the second, which says that it is, the waiter
   must not be touched any more. */
void lzr_waiter_alert(struct lzr_waiter *waiter);
void lzr_waiter_release(struct lzr_waiter *waiter);

#endif
