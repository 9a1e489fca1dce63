/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* longjmp over functions that were called for the first time on the way down,
   also out of a signal handler. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static jmp_buf back;
static sigjmp_buf back_from_signal;

static int deepest(int value) {
  longjmp(back, value);
}
static int deeper(int value) {
  return 1 + deepest(value + 1);
}
static int deep(int value) {
  return 1 + deeper(value + 1);
}

static void catch_it(int number) {
  siglongjmp(back_from_signal, number == SIGUSR1 ? 2 : 3);
}

static int interrupted(void) {
  volatile int steps = 0;
  int arrived = sigsetjmp(back_from_signal, 1);
  steps++;
  if (arrived)
    return 10 * steps + arrived;
  signal(SIGUSR1, catch_it);
  raise(SIGUSR1);
  return 0;
}

int main(void) {
  volatile int tries = 0;
  int value = setjmp(back);
  printf("%d\n", value);
  if (tries++ < 3)
    deep(10 * tries);
  printf("%d\n", interrupted());
  printf("%d\n", interrupted());
  return 0;
}
//> 0
//> 12
//> 22
//> 32
//> 22
//> 22
