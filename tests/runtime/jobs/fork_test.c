/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Around a fork everything is quiet, and both processes go on afterwards. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/jobs/fork.h"
#include "tests/jobs_support.h"

TestSuite(fork_watch, .timeout = 20);

enum { WATCHES = 3 };

static struct lzr_workers workers[WATCHES];
static pthread_mutex_t locks[WATCHES];
static struct lzr_fork_watch watches[WATCHES];

/* What was so right before the process was copied. Handlers that are registered
   before the watches' are called after theirs. */
static struct {
  bool paused[WATCHES], locked[WATCHES];
  unsigned running;
  sigset_t blocked;
} seen;

static void look(void) {
  seen.running = 0;
  for (int i = 0; i < WATCHES; i++) {
    seen.paused[i] = workers[i].paused;
    seen.running += workers[i].running;
    seen.locked[i] = pthread_mutex_trylock(&locks[i]) != 0;
    if (!seen.locked[i])
      pthread_mutex_unlock(&locks[i]);
  }
  pthread_sigmask(SIG_SETMASK, NULL, &seen.blocked);
}

static void do_nothing(void *owner, unsigned thread) {
  (void)owner;
  (void)thread;
}

static void open_watches(void) {
  cr_assert_eq(pthread_atfork(look, NULL, NULL), 0);
  for (int i = 0; i < WATCHES; i++) {
    cr_assert_null(lzr_workers_init(&workers[i], 1, NULL, do_nothing));
    pthread_mutex_init(&locks[i], NULL);
    watches[i] =
        (struct lzr_fork_watch){.workers = &workers[i], .locks = {&locks[i]}};
    cr_assert_null(lzr_fork_watch_add(&watches[i]));
  }
}

static void close_watches(void) {
  for (int i = 0; i < WATCHES; i++) {
    lzr_fork_watch_remove(&watches[i]);
    lzr_workers_fini(&workers[i]);
  }
}

/* Whether watch i's workers do a job and nobody has its lock. */
static bool goes_on(int i) {
  struct step step;
  init_step(&step);
  lzr_error *error = lzr_workers_demand(&workers[i], &step.job);
  bool ran = !error && step.runs_count == 1;
  bool is_free = pthread_mutex_trylock(&locks[i]) == 0;
  if (is_free)
    pthread_mutex_unlock(&locks[i]);
  lzr_error_destroy(error);
  fini_step(&step);
  return ran && is_free;
}

static bool is_blocked(int number) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  return sigismember(&mask, number) == 1;
}

static int everything_goes_on(void) {
  bool good = !is_blocked(SIGUSR1) && is_blocked(SIGUSR2);
  for (int i = 0; i < WATCHES; i++)
    good = good && goes_on(i);
  return good ? 42 : 1;
}

/* The exit status of a child that does this. */
static int status_of_child(int (*work)(void)) {
  pid_t child = fork();
  cr_assert_neq(child, -1);
  if (child == 0) {
    alarm(15);
    _exit(work());
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(fork_watch, pauses_workers_and_holds_locks_of_all_and_no_signal_comes) {
  open_watches();
  status_of_child(everything_goes_on);
  for (int i = 0; i < WATCHES; i++) {
    cr_expect(seen.paused[i], "%d", i);
    cr_expect(seen.locked[i], "%d", i);
  }
  cr_expect(sigismember(&seen.blocked, SIGUSR1));
  cr_expect(sigismember(&seen.blocked, SIGALRM));
  close_watches();
}

Test(fork_watch, lets_both_processes_go_on_with_the_mask_they_had) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  open_watches();
  for (int round = 0; round < 3; round++) {
    cr_expect_eq(everything_goes_on(), 42);
    cr_expect_eq(status_of_child(everything_goes_on), 42);
  }
  cr_expect_eq(everything_goes_on(), 42);
  close_watches();
}

static int fork_again(void) {
  bool good = goes_on(0) && status_of_child(everything_goes_on) == 42;
  return good ? everything_goes_on() : 1;
}

Test(fork_watch, lets_a_child_fork) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  open_watches();
  cr_expect_eq(status_of_child(fork_again), 42);
  close_watches();
}

/* ---- Jobs ---------------------------------------------------------------- */

static struct step running, queued;

static int finish_both(void) {
  bool was_done = running.job.state == LZR_JOB_DONE;
  bool was_idle = queued.job.state == LZR_JOB_IDLE && !queued.job.waiters;
  lzr_error *error = lzr_workers_demand(&workers[0], &running.job);
  if (!error)
    error = lzr_workers_demand(&workers[0], &queued.job);
  bool good = !error && was_done && was_idle;
  return good && running.runs_count == 1 && queued.runs_count == 1 ? 42 : 1;
}

static void *fork_and_finish(void *data) {
  *(int *)data = status_of_child(finish_both);
  return NULL;
}

Test(fork_watch, waits_for_a_running_job_and_forgets_the_queue_in_the_child) {
  struct demand demands[2];
  pthread_t forking;
  int status;
  open_watches();
  init_held_step(&running);
  init_step(&queued);
  begin_demand(&demands[0], &workers[0], &running);
  take(&running.runs);
  begin_demand(&demands[1], &workers[0], &queued);
  UNTIL(&workers[0], has_waiters(&queued.job, 1));
  cr_assert_eq(pthread_create(&forking, NULL, fork_and_finish, &status), 0);
  UNTIL(&workers[0], workers[0].paused);
  let_others_run();
  sem_post(&running.may_end);
  pthread_join(forking, NULL);
  cr_expect_eq(seen.running, 0);
  cr_expect_eq(status, 42);
  for (int i = 0; i < 2; i++)
    cr_expect_null(end_demand(&demands[i]));
  cr_expect_eq(queued.runs_count, 1, "the parent does what is queued");
  close_watches();
  fini_step(&running);
  fini_step(&queued);
}

/* ---- Removing ------------------------------------------------------------ */

static int exit_well(void) {
  return 42;
}

Test(fork_watch, does_not_touch_what_was_removed) {
  for (int removed = 0; removed < WATCHES; removed++) {
    open_watches();
    lzr_fork_watch_remove(&watches[removed]);
    pthread_mutex_lock(&locks[removed]); /* a fork would wait for it */
    cr_expect_eq(status_of_child(exit_well), 42);
    pthread_mutex_unlock(&locks[removed]);
    for (int i = 0; i < WATCHES; i++)
      cr_expect_eq(seen.paused[i], i != removed, "%d without %d", i, removed);
    close_watches();
  }
}

Test(fork_watch, need_not_have_been_added_to_be_removed) {
  struct lzr_fork_watch never = {.workers = &workers[0]};
  lzr_fork_watch_remove(&never);
  open_watches();
  lzr_fork_watch_remove(&never);
  status_of_child(exit_well);
  for (int i = 0; i < WATCHES; i++)
    cr_expect(seen.paused[i]);
  close_watches();
}
