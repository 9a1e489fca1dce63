/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Handlers of signals make first calls, whatever they interrupt: fork, too,
// which holds locks of libc's.
//> got 30
//> -1
//! no-stock-executor: a handler that interrupts fork waits for a lock of libc's
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int got;

#define F(n)                                                                   \
  static int f##n(int x) {                                                     \
    return x + 1;                                                              \
  }
#define TEN(X, n)                                                              \
  X(n##0)                                                                      \
  X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
TEN(F, 1)
TEN(F, 2)
TEN(F, 3)
#define P(n) f##n,
static int (*const functions[])(int) = {TEN(P, 1) TEN(P, 2) TEN(P, 3)};

static void reap(int number) {
  int status;
  (void)number;
  while (waitpid(-1, &status, WNOHANG) > 0)
    got = functions[got](got);
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = reap;
  action.sa_flags = SA_RESTART;
  sigaction(SIGCHLD, &action, NULL);
  for (int i = 0; i < 30; i++)
    if (fork() == 0)
      _exit(i);
  while (got < 30)
    usleep(1000);
  printf("got %d\n", got);
  fflush(stdout);
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0)
    _exit(3);
  printf("%d\n", wait(&(int){0}));
  return 0;
}
