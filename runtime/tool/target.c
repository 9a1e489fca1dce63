/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/target.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "runtime/tool/beside.h"
#include "runtime/tool/crash.h"
#include "tpc/base/memory.h"
#include "tpc/base/say.h"
#include "tpc/remote.h"

/* Starting. */

/* C programs expect libc and the mathematical functions, C++ programs the C++
   library. In this process these are loaded because LLVM needs them; in an
   executor they must be opened. If one is not installed, opening it fails and
   nothing is said: a program that needs it will miss a name. */
static void open_usual_libraries(lzr_tpc *tpc) {
  static const char *const names[] = {"libm.so.6", "libstdc++.so.6"};
  lzr_library_handle handle;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    lzr_error_destroy(lzr_tpc_open_library(tpc, names[i], &handle));
}

static bool is_remote(const struct options *options) {
  return options->oop_launch || options->oop_command || options->oop_connect;
}

/* If SIGCHLD is ignored, the system does not report how a child has ended. The
   executor has inherited the ignored signal by now, as the program expects. */
static void hear_of_children(void) {
  struct sigaction present;
  if (sigaction(SIGCHLD, NULL, &present) == 0 &&
      (present.sa_handler == SIG_IGN || (present.sa_flags & SA_NOCLDWAIT)))
    signal(SIGCHLD, SIG_DFL);
}

/* Forks. */

static pid_t self; /* this process */
static void (*on_copy)(void);
static int nowhere = -1; /* a descriptor of /dev/null, in a copy */

/* How long a copy goes on saying things after the program's end: a child that
   crashes may be the reason for that end. */
static const struct itimerspec patience = {.it_value = {.tv_nsec = 500000000}};
static timer_t patience_timer;

/* The program has ended, or patience has. */
static void let_go_of_messages(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  if (info->si_code == SI_TIMER ||
      timer_settime(patience_timer, 0, &patience, NULL) != 0)
    dup2(nowhere, STDERR_FILENO);
}

/* A child of the program has standard streams of its own. Who waits for the end
   of this process's must not wait for the child, and, soon after the program
   itself has ended, not for messages about the child either. */
static void let_go_of_streams(pid_t parent) {
  struct sigaction action = {.sa_sigaction = let_go_of_messages,
                             .sa_flags = SA_RESTART | SA_SIGINFO};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
  sigset_t set;
  nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0)
    return;
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  sigemptyset(&set);
  sigaddset(&set, SIGURG); /* has no other use here */
  if (timer_create(CLOCK_MONOTONIC, &event, &patience_timer) != 0)
    return;
  sigaction(SIGURG, &action, NULL);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  prctl(PR_SET_PDEATHSIG, SIGURG);
  if (getppid() != parent)
    raise(SIGURG);
}

/* This process is a copy, for a child of the program. */
static void serve_child(void *data) {
  (void)data;
  let_go_of_streams(self);
  self = getpid();
  on_copy();
}

lzr_error *target_create(const struct options *options, void (*copied)(void),
                         lzr_tpc **tpc) {
  if (!is_remote(options))
    return lzr_tpc_create_self(tpc);
  self = getpid();
  on_copy = copied;
  char *executor = NULL;
  struct lzr_remote_options remote = {.size = sizeof remote,
                                      .launch = options->oop_launch,
                                      .command = options->oop_command,
                                      .connect = options->oop_connect,
                                      .secret_file = options->oop_secret_file,
                                      .insecure = options->oop_insecure,
                                      .call_timeout =
                                          (int)options->oop_timeout * 1000,
                                      .on_fork = serve_child};
  lzr_error *error = NULL;
  if (!remote.secret_file && (remote.secret = getenv("LAZYRUN_SECRET")))
    remote.secret_size = strlen(remote.secret);
  unsetenv(
      "LAZYRUN_SECRET"); /* keeps it from children; the string stays valid */
  if (remote.launch && !*remote.launch) {
    error = beside_find("lazyrun-executor", &executor);
    remote.launch = NULL;
    remote.program = executor;
  }
  if (!error)
    error = lzr_tpc_create_remote(&remote, tpc);
  free(executor);
  hear_of_children();
  if (!error)
    lzr_remote_stand_before(*tpc);
  if (!error && !options->no_process_symbols)
    open_usual_libraries(*tpc);
  return error;
}

/* Ending. */

static _Noreturn void die_of(int signal_number) {
  signal(signal_number, SIG_DFL);
  raise(signal_number);
  exit(128 + signal_number); /* the signal does not end this process */
}

_Noreturn void target_follow(lzr_session *session, lzr_tpc *tpc,
                             lzr_error *error) {
  const struct lzr_ending *ending = lzr_tpc_ending(tpc);
  switch (ending->kind) {
  case LZR_ENDING_EXITED:
    lzr_error_destroy(error);
    if (ending->reason)
      lzr_say_message("lazyrun: ", ending->reason);
    /* LLVM's destructors must not run, because compile threads may still
       run. */
    fflush(NULL);
    quick_exit(ending->reason && ending->status == 0 ? 1 : ending->status);
  case LZR_ENDING_SIGNALLED:
    lzr_error_destroy(error);
    crash_report(session, ending);
    fflush(NULL);
    die_of(ending->status);
  case LZR_ENDING_RUNNING:
  case LZR_ENDING_LOST:
    break;
  }
  lzr_say_message("lazyrun: ",
                  ending->reason ? ending->reason
                  : error        ? lzr_error_message(error)
                                 : "the executor ended, and nobody knows how");
  lzr_error_destroy(error);
  exit(1);
}
