/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Jobs are demanded, run once on a compile thread, and waited for. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/jobs_support.h"

TestSuite(workers, .timeout = 20);

static struct lzr_workers workers;
static int owner; /* its address is handed to jobs */
static _Atomic int tidied;

static void count_tidied(void *data, unsigned thread) {
  cr_expect_eq(data, &owner);
  cr_expect_lt(thread, workers.count);
  atomic_fetch_add(&tidied, 1);
}

static void open_workers(unsigned count) {
  cr_assert_null(lzr_workers_init(&workers, count, &owner, count_tidied));
}

static void expect_error(lzr_error *error, lzr_error_kind kind,
                         const char *words) {
  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), kind);
  cr_expect_not_null(strstr(lzr_error_message(error), words), "%s",
                     lzr_error_message(error));
  lzr_error_destroy(error);
}

/* ---- Once ---------------------------------------------------------------- */

Test(workers, that_were_never_used_end) {
  struct lzr_workers none = {0};
  open_workers(64);
  cr_expect_not(workers.workers[0].started);
  lzr_workers_fini(&workers);
  lzr_workers_fini(&none);
}

Test(workers, run_a_job_once_and_tidy_after_it) {
  struct step step;
  open_workers(1);
  init_step(&step);
  for (int i = 0; i < 3; i++)
    cr_expect_null(lzr_workers_demand(&workers, &step.job));
  lzr_workers_fini(&workers);
  cr_expect_eq(step.runs_count, 1);
  cr_expect_eq(step.owner, &owner);
  cr_expect_eq(step.thread, 0);
  cr_expect_eq(tidied, 1);
  fini_step(&step);
}

Test(workers, run_a_failed_job_again_only_if_it_is_repeatable) {
  struct step step;
  open_workers(1);
  init_step(&step);
  step.failure = "no luck";
  for (int i = 0; i < 2; i++)
    expect_error(lzr_workers_demand(&workers, &step.job), LZR_ERROR_COMPILE,
                 "no luck");
  cr_expect_eq(step.runs_count, 1);
  step.job.repeatable = true;
  expect_error(lzr_workers_demand(&workers, &step.job), LZR_ERROR_COMPILE,
               "no luck");
  cr_expect_eq(step.runs_count, 2);
  step.failure = NULL;
  for (int i = 0; i < 2; i++)
    cr_expect_null(lzr_workers_demand(&workers, &step.job));
  cr_expect_eq(step.runs_count, 3, "what has worked is not done again");
  lzr_workers_fini(&workers);
  fini_step(&step);
}

Test(workers, run_a_job_once_that_several_threads_demand) {
  struct step step;
  struct demand demands[3];
  open_workers(2);
  init_held_step(&step);
  step.failure = "no luck";
  for (int i = 0; i < 3; i++)
    begin_demand(&demands[i], &workers, &step);
  UNTIL(&workers, has_waiters(&step.job, 3));
  sem_post(&step.may_end);
  for (int i = 0; i < 3; i++)
    expect_error(end_demand(&demands[i]), LZR_ERROR_COMPILE, "no luck");
  cr_expect_eq(step.runs_count, 1);
  lzr_workers_fini(&workers);
  fini_step(&step);
}

static sem_t has_returned;

static void tidy_after_return(void *data, unsigned thread) {
  count_tidied(data, thread);
  take(&has_returned);
}

Test(workers, tidy_when_nobody_waits_any_more) {
  struct step step;
  sem_init(&has_returned, 0, 0);
  cr_assert_null(lzr_workers_init(&workers, 1, &owner, tidy_after_return));
  init_step(&step);
  cr_expect_null(lzr_workers_demand(&workers, &step.job));
  sem_post(&has_returned);
  lzr_workers_fini(&workers);
  cr_expect_eq(tidied, 1);
  fini_step(&step);
}

/* ---- Order --------------------------------------------------------------- */

Test(workers, take_jobs_in_the_order_they_were_demanded) {
  enum { JOBS = 5 };
  struct step steps[JOBS];
  struct demand demands[JOBS];
  open_workers(1);
  for (int i = 0; i < JOBS; i++) {
    init_held_step(&steps[i]);
    begin_demand(&demands[i], &workers, &steps[i]);
    UNTIL(&workers, has_waiters(&steps[i].job, 1));
  }
  for (int i = 0; i < JOBS; i++) {
    sem_post(&steps[i].may_end);
    cr_expect_null(end_demand(&demands[i]));
    cr_expect_eq(steps[i].order, i + 1);
  }
  lzr_workers_fini(&workers);
  for (int i = 0; i < JOBS; i++)
    fini_step(&steps[i]);
}

Test(workers, run_as_many_jobs_at_once_as_there_are_threads) {
  enum { JOBS = 4 };
  struct step steps[JOBS];
  struct demand demands[JOBS];
  open_workers(3);
  for (int i = 0; i < JOBS; i++) {
    init_held_step(&steps[i]);
    begin_demand(&demands[i], &workers, &steps[i]);
    UNTIL(&workers, has_waiters(&steps[i].job, 1));
  }
  for (int i = 0; i < 3; i++)
    take(&steps[i].runs);
  UNTIL(&workers, steps[3].job.state == LZR_JOB_QUEUED);
  cr_expect_neq(steps[0].thread, steps[1].thread);
  cr_expect_neq(steps[0].thread, steps[2].thread);
  cr_expect_neq(steps[1].thread, steps[2].thread);
  sem_post(&steps[1].may_end);
  take(&steps[3].runs);
  cr_expect_eq(steps[3].thread, steps[1].thread);
  for (int i = 0; i < JOBS; i++) {
    sem_post(&steps[i].may_end);
    cr_expect_null(end_demand(&demands[i]));
    cr_expect_lt(steps[i].thread, 3);
  }
  lzr_workers_fini(&workers);
  cr_expect_eq(tidied, JOBS);
  for (int i = 0; i < JOBS; i++)
    fini_step(&steps[i]);
}

/* ---- As part of another job ---------------------------------------------- */

Test(workers, leave_a_claimed_job_to_who_claimed_it) {
  struct step step;
  struct demand demand;
  open_workers(1);
  init_step(&step);
  cr_expect(lzr_workers_claim(&workers, &step.job));
  cr_expect_not(lzr_workers_claim(&workers, &step.job));
  begin_demand(&demand, &workers, &step);
  UNTIL(&workers, has_waiters(&step.job, 1));
  cr_expect_not(workers.workers[0].started, "no thread is needed");
  lzr_workers_finish(&workers, &step.job,
                     lzr_error_create(LZR_ERROR_COMPILE, "by another"));
  expect_error(end_demand(&demand), LZR_ERROR_COMPILE, "by another");
  expect_error(lzr_workers_demand(&workers, &step.job), LZR_ERROR_COMPILE,
               "by another");
  cr_expect_not(lzr_workers_claim(&workers, &step.job), "it is done");
  cr_expect_eq(step.runs_count, 0);
  lzr_workers_fini(&workers);
  fini_step(&step);
}

/* Alerting is for machines where the thread that waits has a processor. */
Test(workers, alert_the_waiters_of_a_thread_s_current_job) {
  enum { ASLEEP = 1 }; /* as waiter.c numbers it */
  struct lzr_waiter waiters[2];
  struct lzr_job job = {.waiters = &waiters[0]};
  open_workers(1);
  workers.workers[0].job = &job;
  for (int i = 0; i < 2; i++) {
    lzr_waiter_init(&waiters[i]);
    atomic_store(&waiters[i].state, ASLEEP);
  }
  waiters[0].next = &waiters[1];
  for (int lingers = 0; lingers < 2; lingers++) {
    workers.linger = lingers ? 1000 : 0;
    lzr_workers_alert(&workers, 0);
    for (int i = 0; i < 2; i++) {
      int posts;
      sem_getvalue(&waiters[i].woken, &posts);
      cr_expect_eq(posts, lingers);
    }
  }
  for (int i = 0; i < 2; i++)
    lzr_waiter_fini(&waiters[i]);
  lzr_workers_fini(&workers);
}

/* ---- The program's threads ----------------------------------------------- */

struct look {
  struct lzr_job job; /* the first member */
  sigset_t blocked;
  size_t stack;
};

static void run_look(void *data, unsigned thread, struct lzr_job *job) {
  struct look *look = (struct look *)job;
  pthread_attr_t attributes;
  (void)data;
  (void)thread;
  pthread_sigmask(SIG_SETMASK, NULL, &look->blocked);
  cr_assert_eq(pthread_getattr_np(pthread_self(), &attributes), 0);
  pthread_attr_getstacksize(&attributes, &look->stack);
  pthread_attr_destroy(&attributes);
}

Test(workers, run_no_handler_of_the_program_and_have_large_stacks) {
  struct look look = {.job = {.run = run_look}};
  sigset_t before;
  open_workers(1);
  cr_expect_null(lzr_workers_demand(&workers, &look.job));
  for (int number = 1; number < SIGSYS; number++)
    cr_expect(number == SIGKILL || number == SIGSTOP ||
                  sigismember(&look.blocked, number),
              "signal %d", number);
  cr_expect_geq(look.stack, (size_t)64 << 20);
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  cr_expect_not(sigismember(&before, SIGUSR1), "the caller's mask is back");
  lzr_workers_fini(&workers);
}

static _Atomic int handled;

static void handle(int number) {
  (void)number;
  atomic_fetch_add(&handled, 1);
}

static void *demand_and_end(void *data) {
  struct demand *demand = data;
  demand->error = lzr_workers_demand(demand->workers, demand->job);
  demand->workers = NULL; /* it came back */
  pthread_testcancel();
  return NULL;
}

Test(workers, hold_signals_and_cancellation_back_while_a_thread_waits) {
  struct step step;
  struct demand demand = {.workers = &workers, .job = &step.job};
  void *result;
  signal(SIGUSR1, handle);
  open_workers(1);
  init_held_step(&step);
  cr_assert_eq(pthread_create(&demand.thread, NULL, demand_and_end, &demand),
               0);
  UNTIL(&workers, has_waiters(&step.job, 1));
  pthread_kill(demand.thread, SIGUSR1);
  pthread_cancel(demand.thread);
  let_others_run();
  cr_expect_eq(handled, 0);
  sem_post(&step.may_end);
  pthread_join(demand.thread, &result);
  cr_expect_null(demand.workers);
  cr_expect_eq(result, PTHREAD_CANCELED);
  cr_expect_eq(handled, 1);
  lzr_workers_fini(&workers);
  fini_step(&step);
}

/* ---- Pausing ------------------------------------------------------------- */

static void *pause_workers(void *data) {
  lzr_workers_pause(&workers);
  *(int *)data = atomic_load(&tidied); /* when the pause began */
  return NULL;
}

Test(workers, pause_when_the_running_job_is_done_and_tidied) {
  struct step step;
  struct demand demand;
  pthread_t pausing;
  int tidied_before = -1;
  open_workers(1);
  init_held_step(&step);
  begin_demand(&demand, &workers, &step);
  take(&step.runs);
  cr_assert_eq(pthread_create(&pausing, NULL, pause_workers, &tidied_before),
               0);
  UNTIL(&workers, workers.paused);
  let_others_run();
  sem_post(&step.may_end);
  pthread_join(pausing, NULL);
  cr_expect_eq(tidied_before, 1);
  cr_expect_null(end_demand(&demand));
  lzr_workers_resume(&workers);
  lzr_workers_fini(&workers);
  fini_step(&step);
}

static bool nobody_posted(sem_t *semaphore) {
  int posts;
  sem_getvalue(semaphore, &posts);
  return posts == 0;
}

Test(workers, run_what_was_demanded_during_a_pause_after_it) {
  struct step first, later[3];
  struct demand demands[3];
  open_workers(1);
  init_step(&first);
  cr_expect_null(lzr_workers_demand(&workers, &first.job));
  lzr_workers_pause(&workers);
  for (int i = 0; i < 3; i++) {
    init_step(&later[i]);
    begin_demand(&demands[i], &workers, &later[i]);
    UNTIL(&workers, has_waiters(&later[i].job, 1));
  }
  /* The thread has looked for each of them. */
  UNTIL(&workers, nobody_posted(&workers.queued));
  let_others_run();
  cr_expect_eq(steps_run, 1);
  lzr_workers_resume(&workers);
  for (int i = 0; i < 3; i++)
    cr_expect_null(end_demand(&demands[i]));
  cr_expect_eq(steps_run, 4);
  lzr_workers_fini(&workers);
  fini_step(&first);
  for (int i = 0; i < 3; i++)
    fini_step(&later[i]);
}

/* ---- Ending -------------------------------------------------------------- */

static void *stop_workers(void *data) {
  lzr_workers_stop(&workers);
  *(int *)data = atomic_load(&tidied);
  return NULL;
}

Test(workers, stop_after_the_running_job_and_refuse_the_others) {
  struct step running, queued, late;
  struct demand demands[2];
  pthread_t stopping;
  int tidied_before = -1;
  open_workers(1);
  init_held_step(&running);
  init_step(&queued);
  init_step(&late);
  begin_demand(&demands[0], &workers, &running);
  take(&running.runs);
  begin_demand(&demands[1], &workers, &queued);
  UNTIL(&workers, has_waiters(&queued.job, 1));
  cr_assert_eq(pthread_create(&stopping, NULL, stop_workers, &tidied_before),
               0);
  UNTIL(&workers, workers.stopping);
  expect_error(lzr_workers_demand(&workers, &late.job), LZR_ERROR_CLOSED,
               "the session is over");
  let_others_run();
  sem_post(&running.may_end);
  pthread_join(stopping, NULL);
  cr_expect_eq(tidied_before, 1);
  cr_expect_null(end_demand(&demands[0]));
  expect_error(end_demand(&demands[1]), LZR_ERROR_CLOSED,
               "the session is over");
  cr_expect_null(lzr_workers_demand(&workers, &running.job),
                 "what is done stays done");
  cr_expect_eq(queued.runs_count + late.runs_count, 0);
  lzr_workers_fini(&workers);
  fini_step(&running);
  fini_step(&queued);
  fini_step(&late);
}

Test(workers, end_when_there_is_nothing_to_do_and_start_again) {
  struct step steps[3];
  open_workers(2);
  for (int i = 0; i < 3; i++) {
    init_step(&steps[i]);
    cr_expect_null(lzr_workers_demand(&workers, &steps[i].job));
    cr_expect_eq(steps[i].runs_count, 1);
    lzr_workers_let_go(&workers, true);
    UNTIL(&workers, !workers.workers[0].started && !workers.workers[1].started);
  }
  lzr_workers_let_go(&workers, false);
  lzr_workers_fini(&workers);
  cr_expect_eq(tidied, 3);
  for (int i = 0; i < 3; i++)
    fini_step(&steps[i]);
}

Test(workers, do_what_is_queued_before_they_end) {
  struct step steps[3];
  struct demand demands[3];
  open_workers(1);
  for (int i = 0; i < 3; i++) {
    init_held_step(&steps[i]);
    begin_demand(&demands[i], &workers, &steps[i]);
    UNTIL(&workers, has_waiters(&steps[i].job, 1));
  }
  lzr_workers_let_go(&workers, true);
  for (int i = 0; i < 3; i++) {
    sem_post(&steps[i].may_end);
    cr_expect_null(end_demand(&demands[i]));
  }
  UNTIL(&workers, !workers.workers[0].started);
  lzr_workers_fini(&workers);
  for (int i = 0; i < 3; i++)
    fini_step(&steps[i]);
}

Test(workers, run_a_job_again_that_was_reset) {
  struct step step;
  open_workers(1);
  init_step(&step);
  step.failure = "first";
  for (int i = 1; i < 4; i++) {
    expect_error(lzr_workers_demand(&workers, &step.job), LZR_ERROR_COMPILE,
                 "first");
    cr_expect_eq(step.runs_count, i);
    lzr_workers_reset(&workers, &step.job);
  }
  lzr_workers_fini(&workers);
  fini_step(&step);
}

static void *pause_and_resume(void *data) {
  lzr_workers_pause(&workers);
  atomic_store((_Atomic bool *)data, true);
  lzr_workers_resume(&workers);
  return NULL;
}

static void *pause_to_change(void *data) {
  lzr_workers_pause_to_change(&workers);
  atomic_store((_Atomic bool *)data, true);
  lzr_workers_resume_changed(&workers);
  return NULL;
}

static void waits_for_the_change(void *(*pause)(void *)) {
  _Atomic bool paused = false;
  pthread_t other;
  lzr_workers_pause_to_change(&workers);
  pthread_create(&other, NULL, pause, &paused);
  for (int i = 0; i < 20; i++) {
    usleep(1000);
    cr_assert_not(atomic_load(&paused));
  }
  lzr_workers_resume_changed(&workers);
  pthread_join(other, NULL);
  cr_expect(atomic_load(&paused));
}

Test(workers, change_on_one_thread_at_a_time) {
  open_workers(1);
  waits_for_the_change(pause_to_change);
  waits_for_the_change(pause_and_resume);
  lzr_workers_fini(&workers);
}

Test(workers, pause_as_often_as_they_are_told) {
  struct step step;
  struct demand demand;
  open_workers(1);
  init_step(&step);
  lzr_workers_pause(&workers);
  lzr_workers_pause_to_change(&workers);
  begin_demand(&demand, &workers, &step);
  UNTIL(&workers, has_waiters(&step.job, 1));
  lzr_workers_resume_changed(&workers);
  let_others_run();
  cr_expect_eq(steps_run, 0);
  lzr_workers_resume(&workers);
  cr_expect_null(end_demand(&demand));
  lzr_workers_fini(&workers);
  fini_step(&step);
}
