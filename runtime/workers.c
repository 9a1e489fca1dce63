#include "runtime/workers.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"

/* LLVM's code generators recurse over what they compile; only what is touched
   costs memory. */
enum { WORKER_STACK = 64 << 20 };

lzr_error *lzr_workers_init(struct lzr_workers *workers,
                            struct lzr_session *session, unsigned count) {
  memset(workers, 0, sizeof *workers);
  workers->workers = calloc(count, sizeof *workers->workers);
  if (!workers->workers)
    return lzr_out_of_memory();
  for (unsigned i = 0; i < count; i++)
    workers->workers[i].session = session;
  workers->count = count;
  pthread_mutex_init(&workers->lock, NULL);
  pthread_cond_init(&workers->queued, NULL);
  pthread_cond_init(&workers->done, NULL);
  pthread_cond_init(&workers->idle, NULL);
  return NULL;
}

/* Its own copies of sources; the others are closed with their modules. */
static void free_worker(struct lzr_worker *worker) {
  for (size_t i = 0; i < worker->source_count; i++)
    if (worker->sources[i] != worker->session->modules[i]->source)
      lzr_source_close(worker->sources[i]);
  free(worker->sources);
  free(worker->leftovers);
  lzr_codegen_destroy(worker->codegen);
}

/* Under lock. */
static lzr_error *refuse_job(void) {
  return lzr_error_create(LZR_ERROR_CLOSED,
                          "the session is over, nothing is compiled any more");
}

/* Under lock. Who waits for a job that will not be run is told. */
static void drop_jobs(struct lzr_workers *workers) {
  for (; workers->first; workers->first = workers->first->next) {
    workers->first->error = refuse_job();
    workers->first->state = LZR_JOB_DONE;
  }
  pthread_cond_broadcast(&workers->done);
}

void lzr_workers_stop(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->stopping = true;
  drop_jobs(workers);
  while (workers->running > 0)
    pthread_cond_wait(&workers->idle, &workers->lock);
  pthread_cond_broadcast(&workers->queued);
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_fini(struct lzr_workers *workers) {
  if (!workers->workers)
    return;
  lzr_workers_stop(workers);
  for (unsigned i = 0; i < workers->count; i++) {
    if (workers->workers[i].started)
      pthread_join(workers->workers[i].thread, NULL);
    free_worker(&workers->workers[i]);
  }
  free(workers->workers);
  pthread_cond_destroy(&workers->idle);
  pthread_cond_destroy(&workers->done);
  pthread_cond_destroy(&workers->queued);
  pthread_mutex_destroy(&workers->lock);
}

/* Under lock. */
static struct lzr_job *take_job(struct lzr_workers *workers) {
  struct lzr_job *job = workers->first;
  if (!job || workers->paused)
    return NULL;
  workers->first = job->next;
  job->state = LZR_JOB_RUNNING;
  workers->running++;
  return job;
}

static void *work(void *data) {
  struct lzr_worker *worker = data;
  struct lzr_workers *workers = &worker->session->workers;
  pthread_mutex_lock(&workers->lock);
  while (!workers->stopping) {
    struct lzr_job *job = take_job(workers);
    if (!job) {
      pthread_cond_wait(&workers->queued, &workers->lock);
      continue;
    }
    pthread_mutex_unlock(&workers->lock);
    job->run(worker, job);
    pthread_mutex_lock(&workers->lock);
    job->state = LZR_JOB_DONE;
    pthread_cond_broadcast(&workers->done);
    pthread_mutex_unlock(&workers->lock);
    lzr_compile_tidy(worker);
    pthread_mutex_lock(&workers->lock);
    workers->running--;
    pthread_cond_broadcast(&workers->idle);
  }
  pthread_mutex_unlock(&workers->lock);
  return NULL;
}

/* Under lock, with all signals blocked, which the thread inherits: the
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
  pthread_cond_signal(&workers->queued);
}

/* Under lock. */
static lzr_error *wait_for_job(struct lzr_workers *workers,
                               struct lzr_job *job) {
  if (job->state == LZR_JOB_DONE && job->error && job->repeatable)
    job->state = LZR_JOB_IDLE;
  if (job->state == LZR_JOB_IDLE) {
    lzr_error *error =
        workers->stopping ? refuse_job() : start_workers(workers);
    if (error)
      return error;
    queue_job(workers, job);
  }
  while (job->state != LZR_JOB_DONE)
    pthread_cond_wait(&workers->done, &workers->lock);
  if (!job->error)
    return NULL;
  return lzr_error_create(lzr_error_get_kind(job->error), "%s",
                          lzr_error_message(job->error));
}

lzr_error *lzr_workers_demand(struct lzr_workers *workers,
                              struct lzr_job *job) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&workers->lock);
  lzr_error *error = wait_for_job(workers, job);
  pthread_mutex_unlock(&workers->lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
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
  job->state = LZR_JOB_DONE;
  pthread_cond_broadcast(&workers->done);
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_pause(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->paused = true;
  while (workers->running > 0)
    pthread_cond_wait(&workers->idle, &workers->lock);
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_resume(struct lzr_workers *workers) {
  pthread_mutex_lock(&workers->lock);
  workers->paused = false;
  pthread_cond_broadcast(&workers->queued);
  pthread_mutex_unlock(&workers->lock);
}

void lzr_workers_restart(struct lzr_workers *workers) {
  pthread_mutex_init(&workers->lock, NULL);
  pthread_cond_init(&workers->queued, NULL);
  pthread_cond_init(&workers->done, NULL);
  pthread_cond_init(&workers->idle, NULL);
  for (; workers->first; workers->first = workers->first->next)
    workers->first->state = LZR_JOB_IDLE;
  for (unsigned i = 0; i < workers->count; i++)
    workers->workers[i].started = false;
  workers->paused = false;
}
