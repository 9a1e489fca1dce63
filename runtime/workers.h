/*
 * Compile threads and the queue of jobs they take from.
 *
 * A program's thread that makes a first call may have little stack left, or be
 * in a signal handler: it only queues the job and waits for it. A job is part
 * of what it works on (a group, an import), so queueing allocates nothing, and
 * two threads that need the same thing wait for the same job.
 */
#ifndef LZR_WORKERS_H
#define LZR_WORKERS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/codegen.h"
#include "runtime/unit/source.h"
#include "tpc/error.h"

struct lzr_session;
struct lzr_worker;

enum lzr_job_state {
  LZR_JOB_IDLE,
  LZR_JOB_QUEUED,
  LZR_JOB_RUNNING,
  LZR_JOB_DONE, /* with or without an error */
};

struct lzr_job {
  /* Does the work on a compile thread and leaves what went wrong in error. */
  void (*run)(struct lzr_worker *worker, struct lzr_job *job);
  enum lzr_job_state state; /* under workers.lock */
  bool repeatable;      /* a failed one is tried again when demanded again */
  lzr_error *error;     /* owned; written by run, read under workers.lock */
  struct lzr_job *next; /* in the queue */
  struct lzr_waiter *waiters; /* under workers.lock */
};

/* One compile thread and what LLVM lets only one thread use at a time. */
struct lzr_worker {
  struct lzr_session *session;
  pthread_t thread;
  bool started;
  struct lzr_job *job;  /* the last it has taken; borrowed */
  lzr_codegen *codegen; /* owned; made at the first compilation */
  lzr_source **sources; /* owned array by module index; an entry is owned unless
                           it is the module's own, see compile.c */
  size_t source_count;
  struct lzr_leftover *leftovers; /* owned array; see lzr_compile_tidy */
  size_t leftover_count;
  bool strict; /* unknown functions are errors, see lzr_library_compile */
  uint64_t unit_time; /* nanoseconds spent on units, nested ones included */
};

struct lzr_workers {
  pthread_mutex_t lock;
  pthread_cond_t idle; /* a thread has finished with its job */
  sem_t queued; /* counts jobs in the queue, at least; or it is time to stop */
  struct lzr_job *first, *last;
  struct lzr_worker *workers; /* owned array */
  unsigned count;
  unsigned running; /* jobs */
  uint64_t linger;  /* nanoseconds a thread looks for a job before it sleeps */
  bool paused;      /* no job is started */
  bool passing;     /* threads end when there is nothing to do */
  bool stopping;    /* no job is taken */
  bool ending;      /* threads end */
};

/* At most count threads, started when a job is demanded. */
lzr_error *lzr_workers_init(struct lzr_workers *workers,
                            struct lzr_session *session, unsigned count);

/* Waits for what is running; no job is run after that, and demanding one is an
   error of kind CLOSED. */
void lzr_workers_stop(struct lzr_workers *workers);

/* Stops, and ends the threads. */
void lzr_workers_fini(struct lzr_workers *workers);

/* Has the job done, or waits for whoever has it done already, with all signals
   and cancellation of the calling thread held back meanwhile. Returns a copy of
   its error. Not from a compile thread. */
lzr_error *lzr_workers_demand(struct lzr_workers *workers, struct lzr_job *job);

/* Marks a group's job as being done, for a compile thread that does it as part
   of another; false if someone else has or does. */
bool lzr_workers_claim(struct lzr_workers *workers, struct lzr_job *job);
void lzr_workers_finish(struct lzr_workers *workers, struct lzr_job *job,
                        lzr_error *error);

/* Says that what the thread is at is as good as done, so that those who wait
   for it are awake by then. */
void lzr_workers_alert(struct lzr_worker *worker);

/* Whether threads end when there is nothing to do, to be started again when a
   job is demanded: then none of them keeps the process alive. */
void lzr_workers_let_go(struct lzr_workers *workers, bool let_go);

/* No job runs after the first returned and until the second is called. */
void lzr_workers_pause(struct lzr_workers *workers);
void lzr_workers_resume(struct lzr_workers *workers);
/* In the child after a fork, in place of resume: threads and waiters are
   gone. */
void lzr_workers_restart(struct lzr_workers *workers);

#endif
