/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Signal handlers whose functions were never called before: raised by the
   program itself, by a timer in the middle of computing, and on a stack of
   their own after a bad access. */
//! no-stock-executor: a handler that interrupts a first call waits for a lock of LLVM's
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t total, ticks;
static sigjmp_buf back;

static int cold_square(int x) {
  return x * x;
}
static int cold_cube(int x) {
  return x * x * x;
}
static void on_raise(int number) {
  errno = 0;
  total = cold_square(number);
}
static void on_tick(int number) {
  (void)number;
  if (ticks < 20)
    ticks++;
  total = cold_cube(3);
}
static void on_fault(int number, siginfo_t *info, void *context) {
  (void)context;
  siglongjmp(back, number == SIGSEGV && info->si_addr == (void *)16 ? 5 : 6);
}

static unsigned spin(unsigned x) {
  for (int i = 0; i < 1000; i++)
    x = x * 1664525 + 1013904223;
  return x;
}

static void tick(void) {
  struct itimerval timer = {{0, 1000}, {0, 1000}}, none = {0};
  struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
  unsigned x = 1;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
  while (ticks < 20)
    x = spin(x);
  setitimer(ITIMER_REAL, &none, NULL);
}

static int fault(void) {
  static char stack[64 << 10];
  stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = on_fault,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
  int arrived = sigsetjmp(back, 1);
  if (arrived)
    return arrived;
  sigaltstack(&own, NULL);
  sigaction(SIGSEGV, &action, NULL);
  *(volatile char *)16 = 1;
  return 0;
}

int main(void) {
  signal(SIGUSR1, on_raise);
  raise(SIGUSR1);
  printf("%d\n", total == SIGUSR1 * SIGUSR1);
  tick();
  printf("%d %d\n", ticks, total);
  printf("%d\n", fault());
  return 0;
}
//> 1
//> 20 27
//> 5
