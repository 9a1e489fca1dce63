/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/forward.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static const int forwarded[] = {SIGHUP,  SIGINT,  SIGQUIT,
                                SIGTERM, SIGUSR1, SIGUSR2};

static atomic_int receiver;

static void forward(int number, siginfo_t *info, void *context) {
  int process = atomic_load(&receiver), errno_before = errno;

  (void)context;
  if (process > 0 && info->si_code <= 0) /* a process has sent it */
    kill(process, number);
  errno = errno_before;
}

static void watch(int number) {
  struct sigaction action = {.sa_sigaction = forward,
                             .sa_flags = SA_SIGINFO | SA_RESTART};
  struct sigaction present;

  if (sigaction(number, NULL, &present) == 0 && present.sa_handler == SIG_DFL)
    sigaction(number, &action, NULL);
}

void lzr_forward_signals(pid_t process) {
  atomic_store(&receiver, (int)process);
  for (size_t i = 0; process && i < sizeof forwarded / sizeof *forwarded; i++)
    watch(forwarded[i]);
}
