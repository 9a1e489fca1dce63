/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compile threads and the queue of jobs they take from. Knows nothing of what a
 * job does.
 *
 * A thread of the program that makes a first call may have little stack left,
 * or be in a signal handler: so it only queues the job and waits. A job is part
 * of what it works on (a group, an import), so queueing allocates nothing, and
 * two threads that need the same thing wait for the same job.*/
#ifndef LZR_WORKERS_H
#define LZR_WORKERS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"

enum lzr_job_state {
  LZR_JOB_IDLE,
  LZR_JOB_QUEUED,
  LZR_JOB_RUNNING,
  LZR_JOB_DONE, /* done, with or without an error */
};

struct lzr_job {
  /* Does the work on a compile thread and leaves what went wrong in error.
     owner is that of the workers; thread is the compile thread's number. */
  void (*run)(void *owner, unsigned thread, struct lzr_job *job);
  enum lzr_job_state state; /* under workers.lock */
  bool repeatable;  /* a failed job is run again when it is demanded again */
  lzr_error *error; /* owned; written by run, read under workers.lock */
  struct lzr_job *next;       /* in the queue */
  struct lzr_waiter *waiters; /* under workers.lock */
};

/* One compile thread. */
struct lzr_worker {
  struct lzr_workers *workers;
  unsigned number;
  pthread_t thread;
  bool started;
  struct lzr_job *job; /* the last job that it has taken; borrowed */
};

struct lzr_workers {
  void *owner; /* handed to jobs */
  /* Called on a compile thread after each job, when nobody waits for it any
     more. */
  void (*tidy)(void *owner, unsigned thread);
  pthread_mutex_t lock;
  pthread_cond_t idle; /* a thread has finished with its job, or has resumed */
  sem_t queued; /* counts at least the jobs in the queue; also posted when
                   threads must stop */
  struct lzr_job *first, *last;
  struct lzr_worker *workers; /* owned array */
  unsigned count;
  unsigned running; /* jobs */
  uint64_t linger;  /* how many nanoseconds a thread looks for a job before it
                       sleeps */
  bool has_main;    /* main is the thread that runs the program's main */
  pthread_t main;
  unsigned paused; /* how often; unless 0, no job is started */
  bool changing;   /* one of those who paused changes what jobs use */
  bool passing;    /* threads end when there is nothing to do */
  bool stopping;   /* no job is taken */
  bool ending;     /* threads end */
};

/* Prepares for at most count threads, numbered from 0, which start when a job
   is demanded. */
lzr_error *lzr_workers_init(struct lzr_workers *workers, unsigned count,
                            void *owner,
                            void (*tidy)(void *owner, unsigned thread));

/* Waits for the jobs that are running. No job is run after that, and demanding
   one is an error of kind CLOSED. */
void lzr_workers_stop(struct lzr_workers *workers);

/* Does as lzr_workers_stop(), and ends the threads. */
void lzr_workers_fini(struct lzr_workers *workers);

/* Queues the job, or waits for it if another thread has queued it. Cancellation
   and signals of the calling thread are held back meanwhile, except signals
   that end the process. Returns a copy of the job's error. A compile thread is
   refused by a sentence. */
lzr_error *lzr_workers_demand(struct lzr_workers *workers, struct lzr_job *job);

/* Marks a job as running, for a compile thread that does it as part of another
   job. Returns false if the job is done or another thread does it. */
bool lzr_workers_claim(struct lzr_workers *workers, struct lzr_job *job);
/* A copy of the error of a job that has failed and is not being repeated; or
   NULL. */
lzr_error *lzr_workers_failure(struct lzr_workers *workers,
                               const struct lzr_job *job);
/* Takes error. */
void lzr_workers_finish(struct lzr_workers *workers, struct lzr_job *job,
                        lzr_error *error);

/* Wakes the threads that wait for a compile thread's current job before it has
   quite finished. */
void lzr_workers_alert(struct lzr_workers *workers, unsigned thread);

/* Says that the calling thread runs the program's main: the process ends with
   it, unless lzr_workers_let_go() is called first. In a child that another
   thread forks, threads end when there is nothing to do: no compile thread
   keeps it alive. */
void lzr_workers_note_main(struct lzr_workers *workers);

/* Says whether threads end when there is nothing to do; they start again when a
   job is demanded. Then no compile thread keeps the process alive. */
void lzr_workers_let_go(struct lzr_workers *workers, bool let_go);

/* Makes a job that is done one that nobody has done. */
void lzr_workers_reset(struct lzr_workers *workers, struct lzr_job *job);

/* No job runs after lzr_workers_pause() has returned and until
   lzr_workers_resume() has been called as often. Waits for a thread that has
   called lzr_workers_pause_to_change(). Not from a compile thread. */
void lzr_workers_pause(struct lzr_workers *workers);
void lzr_workers_resume(struct lzr_workers *workers);
/* The same for a thread that changes what jobs use: there is one at a time. */
void lzr_workers_pause_to_change(struct lzr_workers *workers);
void lzr_workers_resume_changed(struct lzr_workers *workers);
/* In the child after a fork, instead of lzr_workers_resume(): the threads and
   the waiters are gone. */
void lzr_workers_restart(struct lzr_workers *workers);

#endif
