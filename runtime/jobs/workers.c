/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/jobs/workers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/jobs/waiter.h"
#include "tpc/base/clock.h"
#include "tpc/base/events.h"
#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/tpc.h"

/* LLVM's code generators recurse over what they compile, so stacks are large;
   only the pages that are touched cost memory. */
enum { WORKER_STACK = 64 << 20 };

/* For handlers of signals, when that was not large enough. */
enum { ALTERNATE_STACK = 64 << 10 };

/* A program that makes one first call often makes the next some microseconds
   later, and waking a thread on another processor takes ten times that. So a
   compile thread looks for the next job for a while before it sleeps. In
   nanoseconds. */
enum { LINGER = 50000 };

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR)
    ;
}

/* On a machine with one processor, a thread that looks instead of sleeping
   keeps the thread that it waits for from running. */
static bool has_processors(void) {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 &&
         CPU_COUNT(&allowed) > 1;
}

lzr_error *lzr_workers_init(struct lzr_workers *workers, unsigned count,
                            void *owner,
                            void (*tidy)(void *owner, unsigned thread)) {
  memset(workers, 0, sizeof *workers);
  workers->workers = calloc(count, sizeof *workers->workers);
  if (!workers->workers)
    return lzr_out_of_memory();
  for (unsigned i = 0; i < count; i++)
    workers->workers[i] = (struct lzr_worker){.workers = workers, .number = i};
  workers->owner = owner;
  workers->tidy = tidy;
  workers->count = count;
  workers->linger = has_processors() ? LINGER : 0;
  pthread_mutex_init(&workers->lock, NULL);
  pthread_cond_init(&workers->idle, NULL);
  sem_init(&workers->queued, 0, 0);
  return NULL;
}

/* Jobs. */

/* Under lock. Returns the list of waiters, which the caller wakes once it has
   released the lock. */
static struct lzr_waiter *mark_done(struct lzr_job *job) {
  struct lzr_waiter *waiters = job->waiters;
  job->waiters = NULL;
  job->state = LZR_JOB_DONE;
  for (struct lzr_waiter *waiter = waiters; waiter; waiter = waiter->next)
    waiter->error = lzr_error_copy(job->error);
  return waiters;
}

static void wake(struct lzr_waiter *waiters) {
  while (waiters) {
    struct lzr_waiter *next = waiters->next;
    lzr_waiter_release(waiters);
    waiters = next;
  }
}

/* Under lock. Nobody has done the job, or it is to be repeated. */
static bool is_idle(struct lzr_job *job) {
  if (job->state == LZR_JOB_DONE && job->error && job->repeatable) {
    lzr_error_destroy(job->error);
    job->error = NULL;
    job->state = LZR_JOB_IDLE;
  }
  return job->state == LZR_JOB_IDLE;
}

bool lzr_workers_claim(struct lzr_workers *workers, struct lzr_job *job) {
  pthread_mutex_lock(&workers->lock);
  bool idle = is_idle(job);
  if (idle)
    job->state = LZR_JOB_RUNNING;
  pthread_mutex_unlock(&workers->lock);
  return idle;
}

lzr_error *lzr_workers_failure(struct lzr_workers *workers,
                               const struct lzr_job *job) {
  pthread_mutex_lock(&workers->lock);
  lzr_error *error =
      job->state == LZR_JOB_DONE ? lzr_error_copy(job->error) : NULL;
  pthread_mutex_unlock(&workers->lock);
  return error;
}

void lzr_workers_finish(struct lzr_workers *workers, struct lzr_job *job,
                        lzr_error *error) {
  pthread_mutex_lock(&workers->lock);
  job->error = error;
  struct lzr_waiter *waiters = mark_done(job);
  pthread_mutex_unlock(&workers->lock);
  wake(waiters);
}

void lzr_workers_alert(struct lzr_workers *workers, unsigned thread) {
  if (!workers->linger) /* the waiting thread would keep the job from getting
                           done */
    return;
  pthread_mutex_lock(&workers->lock);
  for (struct lzr_waiter *waiter = workers->workers[thread].job->waiters;
       waiter; waiter = waiter->next)
    lzr_waiter_alert(waiter);
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_reset(struct lzr_workers *workers, struct lzr_job *job) {
  pthread_mutex_lock(&workers->lock);
  if (job->state == LZR_JOB_DONE) {
    lzr_error_destroy(job->error);
    job->error = NULL;
    job->state = LZR_JOB_IDLE;
  }
  pthread_mutex_unlock(&workers->lock);
}

/* The threads. */

static void wait_for_queue(struct lzr_workers *workers) {
  uint64_t start = workers->linger ? lzr_now() : 0;
  while (workers->linger && lzr_now() - start < workers->linger)
    if (sem_trywait(&workers->queued) == 0)
      return;
  wait_for(&workers->queued);
}

/* Under lock. */
static struct lzr_job *take_job(struct lzr_workers *workers) {
  struct lzr_job *job = workers->first;
  if (!job || workers->paused || workers->stopping)
    return NULL;
  workers->first = job->next;
  job->state = LZR_JOB_RUNNING;
  workers->running++;
  return job;
}

static void run_job(struct lzr_worker *worker, struct lzr_job *job) {
  struct lzr_workers *workers = worker->workers;
  worker->job = job;
  job->run(workers->owner, worker->number, job);
  lzr_workers_finish(workers, job, job->error);
  workers->tidy(workers->owner, worker->number);
  pthread_mutex_lock(&workers->lock);
  workers->running--;
  pthread_cond_broadcast(&workers->idle);
  pthread_mutex_unlock(&workers->lock);
}

/* Under lock. Whether this thread must end. Another thread may take its place
   as soon as the lock is released. */
static bool is_over(struct lzr_worker *worker) {
  struct lzr_workers *workers = worker->workers;
  if (workers->ending || !workers->passing || workers->first)
    return workers->ending;
  worker->started = false;
  pthread_detach(worker->thread);
  return true;
}

static void do_jobs(struct lzr_worker *worker) {
  struct lzr_workers *workers = worker->workers;
  for (;;) {
    pthread_mutex_lock(&workers->lock);
    bool over = is_over(worker);
    struct lzr_job *job = over ? NULL : take_job(workers);
    pthread_mutex_unlock(&workers->lock);
    if (over)
      return;
    if (job)
      run_job(worker, job);
    else
      wait_for_queue(workers);
  }
}

static void *work(void *data) {
  char alternate[ALTERNATE_STACK];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, before;
  sigaltstack(&stack, &before);
  lzr_tpc_own_thread();
  lzr_event_now(LZR_EVENT_THREAD, NULL, "thread_name%ccompile thread %u", 0,
                ((struct lzr_worker *)data)->number);
  do_jobs(data);
  sigaltstack(&before, NULL); /* what comes next uses these bytes */
  return NULL;
}

/* Called with all signals blocked. The new thread inherits that, because the
   program's handlers must not run on it. */
static int start_worker(struct lzr_worker *worker) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, WORKER_STACK);
  int failed = pthread_create(&worker->thread, &attributes, work, worker);
  pthread_attr_destroy(&attributes);
  worker->started = !failed;
  return failed;
}

/* Under lock. One thread is enough to go on. */
static lzr_error *start_workers(struct lzr_workers *workers) {
  for (unsigned i = 0; i < workers->count; i++) {
    int failed =
        workers->workers[i].started ? 0 : start_worker(&workers->workers[i]);
    if (failed && i == 0)
      return lzr_error_create(LZR_ERROR_LIMIT,
                              "cannot start a compile thread: %s",
                              strerror(failed));
  }
  return NULL;
}

/* Demanding a job. */

static lzr_error *refuse_job(void) {
  return lzr_error_create(LZR_ERROR_CLOSED,
                          "the session is over, nothing is compiled any more");
}

/* Under lock. */
static void queue_job(struct lzr_workers *workers, struct lzr_job *job) {
  job->state = LZR_JOB_QUEUED;
  job->next = NULL;
  if (workers->first)
    workers->last->next = job;
  else
    workers->first = job;
  workers->last = job;
}

/* Under lock. Queues the job if nobody has done so, and adds waiter to the job
   unless the job is done. */
static lzr_error *join_job(struct lzr_workers *workers, struct lzr_job *job,
                           struct lzr_waiter *waiter, bool *queued) {
  if (is_idle(job)) {
    lzr_error *error =
        workers->stopping ? refuse_job() : start_workers(workers);
    if (error)
      return error;
    queue_job(workers, job);
    *queued = true;
  }
  if (job->state == LZR_JOB_DONE) {
    waiter->error = lzr_error_copy(job->error);
    lzr_waiter_release(waiter);
    return NULL;
  }
  waiter->next = job->waiters;
  job->waiters = waiter;
  return NULL;
}

/* A signal that ends the process does so while LLVM is busy, which may take
   seconds; one that has a handler waits. mask is the thread's own. */
static void wait_for_job(struct lzr_waiter *waiter, const sigset_t *mask) {
  static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  struct sigaction present;
  sigset_t deadly, blocked;
  sigemptyset(&deadly);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (!sigismember(mask, ends[i]) &&
        sigaction(ends[i], NULL, &present) == 0 &&
        present.sa_handler == SIG_DFL)
      sigaddset(&deadly, ends[i]);
  pthread_sigmask(SIG_UNBLOCK, &deadly, &blocked);
  lzr_waiter_wait(waiter);
  pthread_sigmask(SIG_SETMASK, &blocked, NULL);
}

static lzr_error *demand(struct lzr_workers *workers, struct lzr_job *job,
                         const sigset_t *mask) {
  struct lzr_waiter waiter;
  bool queued = false;
  lzr_waiter_init(&waiter);
  pthread_mutex_lock(&workers->lock);
  lzr_error *error = join_job(workers, job, &waiter, &queued);
  pthread_mutex_unlock(&workers->lock);
  if (queued)
    sem_post(&workers->queued);
  if (!error) {
    wait_for_job(&waiter, mask);
    error = waiter.error;
  }
  lzr_waiter_fini(&waiter);
  return error;
}

/* A call is no cancellation point, so a first call must not be one either. */
/* A client's function that runs on a compile thread may end up here. The thread
   would wait for itself. */
static lzr_error *refuse_worker(void) {
  return lzr_error_create(
      LZR_ERROR_ARGUMENT,
      "a compile thread cannot wait for what is compiled or "
      "looked up");
}

static bool is_worker(struct lzr_workers *workers) {
  bool is = false;
  if (!lzr_tpc_is_own_thread())
    return false;
  pthread_mutex_lock(&workers->lock);
  for (unsigned i = 0; i < workers->count && !is; i++)
    is = workers->workers[i].started &&
         pthread_equal(workers->workers[i].thread, pthread_self());
  pthread_mutex_unlock(&workers->lock);
  return is;
}

lzr_error *lzr_workers_demand(struct lzr_workers *workers,
                              struct lzr_job *job) {
  sigset_t all, before;
  struct lzr_cancellation held;
  lzr_cancellation_hold(&held);
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  lzr_error *error =
      is_worker(workers) ? refuse_worker() : demand(workers, job, &before);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  lzr_cancellation_release(&held);
  return error;
}

/* Pausing and ending. */

/* Under lock. */
static void wait_until_idle(struct lzr_workers *workers) {
  while (workers->running > 0)
    pthread_cond_wait(&workers->idle, &workers->lock);
}

static void pause_jobs(struct lzr_workers *workers, bool to_change) {
  pthread_mutex_lock(&workers->lock);
  while (workers->changing)
    pthread_cond_wait(&workers->idle, &workers->lock);
  workers->paused++;
  workers->changing = to_change;
  wait_until_idle(workers);
  pthread_mutex_unlock(&workers->lock);
}

/* Gives back what threads took from the semaphore while they were paused. */
static void resume_jobs(struct lzr_workers *workers, bool changed) {
  pthread_mutex_lock(&workers->lock);
  workers->paused--;
  if (changed) {
    workers->changing = false;
    pthread_cond_broadcast(&workers->idle);
  }
  for (struct lzr_job *job = workers->first; job; job = job->next)
    sem_post(&workers->queued);
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_pause(struct lzr_workers *workers) {
  pause_jobs(workers, false);
}

void lzr_workers_resume(struct lzr_workers *workers) {
  resume_jobs(workers, false);
}

void lzr_workers_pause_to_change(struct lzr_workers *workers) {
  pause_jobs(workers, true);
}

void lzr_workers_resume_changed(struct lzr_workers *workers) {
  resume_jobs(workers, true);
}

static void wake_threads(struct lzr_workers *workers) {
  for (unsigned i = 0; i < workers->count; i++)
    sem_post(&workers->queued);
}

void lzr_workers_note_main(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->has_main = true;
  workers->main = pthread_self();
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_let_go(struct lzr_workers *workers, bool let_go) {
  pthread_mutex_lock(&workers->lock);
  workers->passing = let_go;
  pthread_mutex_unlock(&workers->lock);
  if (let_go)
    wake_threads(workers);
}

void lzr_workers_restart(struct lzr_workers *workers) {
  pthread_mutex_init(&workers->lock, NULL);
  pthread_cond_init(&workers->idle, NULL);
  sem_init(&workers->queued, 0, 0);
  for (; workers->first; workers->first = workers->first->next) {
    workers->first->state = LZR_JOB_IDLE;
    workers->first->waiters = NULL;
  }
  for (unsigned i = 0; i < workers->count; i++)
    workers->workers[i].started = false;
  workers->paused = 0;
  workers->changing = false;
  if (workers->has_main && !pthread_equal(workers->main, pthread_self()))
    workers->passing = true;
}

/* Tells the threads that wait for a job which will not be run. */
static void drop_jobs(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  struct lzr_job *job = workers->first;
  workers->first = NULL;
  pthread_mutex_unlock(&workers->lock);
  while (job) {
    struct lzr_job *next = job->next;
    lzr_workers_finish(workers, job, refuse_job());
    job = next;
  }
}

void lzr_workers_stop(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->stopping = true;
  wait_until_idle(workers);
  pthread_mutex_unlock(&workers->lock);
  drop_jobs(workers);
}

void lzr_workers_fini(struct lzr_workers *workers) {
  if (!workers->workers)
    return;
  lzr_workers_stop(workers);
  pthread_mutex_lock(&workers->lock);
  workers->ending = true;
  pthread_mutex_unlock(&workers->lock);
  wake_threads(workers);
  for (unsigned i = 0; i < workers->count; i++)
    if (workers->workers[i].started)
      pthread_join(workers->workers[i].thread, NULL);
  free(workers->workers);
  sem_destroy(&workers->queued);
  pthread_cond_destroy(&workers->idle);
  pthread_mutex_destroy(&workers->lock);
}
