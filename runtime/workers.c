#include "runtime/workers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"
#include "runtime/waiter.h"

/* LLVM's code generators recurse over what they compile; only what is touched
   costs memory. */
enum { WORKER_STACK = 64 << 20 };

/* A program that makes one first call often makes the next some microseconds
   later; waking a thread on another processor takes ten times that. So a
   compile thread looks for the next job for a while before it sleeps.
   Nanoseconds. */
enum { LINGER = 50000 };

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR)
    ;
}

/* Where it is alone, a thread that looks instead of sleeping keeps the one it
   waits for from running. */
static bool has_processors(void) {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 &&
         CPU_COUNT(&allowed) > 1;
}

lzr_error *lzr_workers_init(struct lzr_workers *workers,
                            struct lzr_session *session, unsigned count) {
  memset(workers, 0, sizeof *workers);
  workers->workers = calloc(count, sizeof *workers->workers);
  if (!workers->workers)
    return lzr_out_of_memory();
  for (unsigned i = 0; i < count; i++)
    workers->workers[i].session = session;
  workers->count = count;
  workers->linger = has_processors() ? LINGER : 0;
  pthread_mutex_init(&workers->lock, NULL);
  pthread_cond_init(&workers->idle, NULL);
  sem_init(&workers->queued, 0, 0);
  return NULL;
}

/* ---- Jobs -----------------------------------------------------------------
 */

/* Under lock. The list of those to be woken, which the caller does once it has
   given the lock up. */
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

bool lzr_workers_claim(struct lzr_workers *workers, struct lzr_job *job) {
  pthread_mutex_lock(&workers->lock);
  bool idle = job->state == LZR_JOB_IDLE;
  if (idle)
    job->state = LZR_JOB_RUNNING;
  pthread_mutex_unlock(&workers->lock);
  return idle;
}

void lzr_workers_finish(struct lzr_workers *workers, struct lzr_job *job,
                        lzr_error *error) {
  pthread_mutex_lock(&workers->lock);
  job->error = error;
  struct lzr_waiter *waiters = mark_done(job);
  pthread_mutex_unlock(&workers->lock);
  wake(waiters);
}

void lzr_workers_alert(struct lzr_worker *worker) {
  struct lzr_workers *workers = &worker->session->workers;
  if (!workers->linger) /* the job would be kept from getting done */
    return;
  pthread_mutex_lock(&workers->lock);
  for (struct lzr_waiter *waiter = worker->job->waiters; waiter;
       waiter = waiter->next)
    lzr_waiter_alert(waiter);
  pthread_mutex_unlock(&workers->lock);
}

/* ---- The threads ----------------------------------------------------------
 */

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
  struct lzr_workers *workers = &worker->session->workers;
  worker->job = job;
  job->run(worker, job);
  lzr_workers_finish(workers, job, job->error);
  lzr_compile_tidy(worker);
  pthread_mutex_lock(&workers->lock);
  workers->running--;
  pthread_cond_broadcast(&workers->idle);
  pthread_mutex_unlock(&workers->lock);
}

/* Under lock. Whether this thread is to end; another may take its place as soon
   as the lock is given up. */
static bool is_over(struct lzr_worker *worker) {
  struct lzr_workers *workers = &worker->session->workers;
  if (workers->ending || !workers->passing || workers->first)
    return workers->ending;
  worker->started = false;
  pthread_detach(worker->thread);
  return true;
}

static void *work(void *data) {
  struct lzr_worker *worker = data;
  struct lzr_workers *workers = &worker->session->workers;
  lzr_tpc_own_thread();
  for (;;) {
    pthread_mutex_lock(&workers->lock);
    bool over = is_over(worker);
    struct lzr_job *job = over ? NULL : take_job(workers);
    pthread_mutex_unlock(&workers->lock);
    if (over)
      return NULL;
    if (job)
      run_job(worker, job);
    else
      wait_for_queue(workers);
  }
}

/* With all signals blocked, which the thread inherits: the program's handlers
   must not run on it. */
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

/* ---- Demanding a job ------------------------------------------------------
 */

static lzr_error *refuse_job(void) {
  return lzr_error_create(LZR_ERROR_CLOSED,
                          "the session is over, nothing is compiled any more");
}

/* Under lock. */
static void queue_job(struct lzr_workers *workers, struct lzr_job *job) {
  lzr_error_destroy(job->error);
  job->error = NULL;
  job->state = LZR_JOB_QUEUED;
  job->next = NULL;
  if (workers->first)
    workers->last->next = job;
  else
    workers->first = job;
  workers->last = job;
}

/* Under lock. Queues the job if nobody has, and adds waiter to it unless it is
   done already. */
static lzr_error *join_job(struct lzr_workers *workers, struct lzr_job *job,
                           struct lzr_waiter *waiter, bool *queued) {
  if (job->state == LZR_JOB_DONE && job->error && job->repeatable)
    job->state = LZR_JOB_IDLE;
  if (job->state == LZR_JOB_DONE) {
    waiter->error = lzr_error_copy(job->error);
    lzr_waiter_release(waiter);
    return NULL;
  }
  if (job->state == LZR_JOB_IDLE) {
    lzr_error *error =
        workers->stopping ? refuse_job() : start_workers(workers);
    if (error)
      return error;
    queue_job(workers, job);
    *queued = true;
  }
  waiter->next = job->waiters;
  job->waiters = waiter;
  return NULL;
}

static lzr_error *demand(struct lzr_workers *workers, struct lzr_job *job) {
  struct lzr_waiter waiter;
  bool queued = false;
  lzr_waiter_init(&waiter);
  pthread_mutex_lock(&workers->lock);
  lzr_error *error = join_job(workers, job, &waiter, &queued);
  pthread_mutex_unlock(&workers->lock);
  if (queued)
    sem_post(&workers->queued);
  if (!error) {
    lzr_waiter_wait(&waiter);
    error = waiter.error;
  }
  lzr_waiter_fini(&waiter);
  return error;
}

/* A call is no cancellation point, so a first one must not be either. */
lzr_error *lzr_workers_demand(struct lzr_workers *workers,
                              struct lzr_job *job) {
  sigset_t all, before;
  int cancellation;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
  lzr_error *error = demand(workers, job);
  pthread_setcancelstate(cancellation, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

/* ---- Pausing and ending ---------------------------------------------------
 */

/* Under lock. */
static void wait_until_idle(struct lzr_workers *workers) {
  while (workers->running > 0)
    pthread_cond_wait(&workers->idle, &workers->lock);
}

void lzr_workers_pause(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->paused = true;
  wait_until_idle(workers);
  pthread_mutex_unlock(&workers->lock);
}

/* What threads took from the semaphore while they were paused is given back. */
void lzr_workers_resume(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->paused = false;
  for (struct lzr_job *job = workers->first; job; job = job->next)
    sem_post(&workers->queued);
  pthread_mutex_unlock(&workers->lock);
}

static void wake_threads(struct lzr_workers *workers) {
  for (unsigned i = 0; i < workers->count; i++)
    sem_post(&workers->queued);
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
  workers->paused = false;
}

/* Who waits for a job that will not be run is told. */
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

static void free_worker(struct lzr_worker *worker) {
  for (size_t i = 0; i < worker->source_count; i++)
    if (worker->sources[i] != worker->session->modules[i]->source)
      lzr_source_close(worker->sources[i]);
  free(worker->sources);
  free(worker->leftovers);
  lzr_codegen_destroy(worker->codegen);
}

void lzr_workers_fini(struct lzr_workers *workers) {
  if (!workers->workers)
    return;
  lzr_workers_stop(workers);
  pthread_mutex_lock(&workers->lock);
  workers->ending = true;
  pthread_mutex_unlock(&workers->lock);
  wake_threads(workers);
  for (unsigned i = 0; i < workers->count; i++) {
    if (workers->workers[i].started)
      pthread_join(workers->workers[i].thread, NULL);
    free_worker(&workers->workers[i]);
  }
  free(workers->workers);
  sem_destroy(&workers->queued);
  pthread_cond_destroy(&workers->idle);
  pthread_mutex_destroy(&workers->lock);
}
