/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * For tests of jobs: jobs that say when they run, and end when they are told
 * to.
 */
#ifndef LZR_TESTS_JOBS_SUPPORT_H
#define LZR_TESTS_JOBS_SUPPORT_H

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "runtime/jobs/waiter.h"
#include "runtime/jobs/workers.h"

struct step {
  struct lzr_job job; /* the first member */
  sem_t runs, may_end;
  bool held;           /* it ends once may_end is posted */
  const char *failure; /* its error's message, or NULL */
  _Atomic int runs_count;
  int order; /* the how many-th run of all this was, from 1 */
  void *owner;
  unsigned thread;
};

static _Atomic int steps_run;

static inline void take(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR)
    ;
}

static inline void run_step(void *owner, unsigned thread, struct lzr_job *job) {
  struct step *step = (struct step *)job;
  step->owner = owner;
  step->thread = thread;
  step->order = atomic_fetch_add(&steps_run, 1) + 1;
  atomic_fetch_add(&step->runs_count, 1);
  sem_post(&step->runs);
  if (step->held)
    take(&step->may_end);
  if (step->failure)
    job->error = lzr_error_create(LZR_ERROR_COMPILE, "%s", step->failure);
}

static inline void init_step(struct step *step) {
  *step = (struct step){.job = {.run = run_step}};
  sem_init(&step->runs, 0, 0);
  sem_init(&step->may_end, 0, 0);
}

static inline void init_held_step(struct step *step) {
  init_step(step);
  step->held = true;
}

static inline void fini_step(struct step *step) {
  lzr_error_destroy(step->job.error);
  sem_destroy(&step->runs);
  sem_destroy(&step->may_end);
}

/* ---- Threads that demand ------------------------------------------------- */

struct demand {
  struct lzr_workers *workers;
  struct lzr_job *job;
  pthread_t thread;
  lzr_error *error; /* owned */
};

static inline void *run_demand(void *data) {
  struct demand *demand = data;
  demand->error = lzr_workers_demand(demand->workers, demand->job);
  return NULL;
}

static inline void begin_demand(struct demand *demand,
                                struct lzr_workers *workers,
                                struct step *step) {
  *demand = (struct demand){.workers = workers, .job = &step->job};
  cr_assert_eq(pthread_create(&demand->thread, NULL, run_demand, demand), 0);
}

/* Returns the error, which is owned. */
static inline lzr_error *end_demand(struct demand *demand) {
  cr_assert_eq(pthread_join(demand->thread, NULL), 0);
  return demand->error;
}

/* ---- Looking at workers -------------------------------------------------- */

static inline bool has_waiters(struct lzr_job *job, int wanted) {
  int count = 0;
  for (struct lzr_waiter *waiter = job->waiters; waiter; waiter = waiter->next)
    count++;
  return count == wanted;
}

/* So that what must not happen yet has the time to happen. */
static inline void let_others_run(void) {
  for (int i = 0; i < 100; i++)
    sched_yield();
}

/* Waits until something is so, seen under the workers' lock. */
#define UNTIL(workers, what)                                                   \
  do {                                                                         \
    bool is_so_ = false;                                                       \
    while (!is_so_) {                                                          \
      pthread_mutex_lock(&(workers)->lock);                                    \
      is_so_ = (what);                                                         \
      pthread_mutex_unlock(&(workers)->lock);                                  \
      sched_yield();                                                           \
    }                                                                          \
  } while (0)

#endif
