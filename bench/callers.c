/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Times code that has been compiled and does little but call. Prints three
   times in milliseconds: of fib, which calls itself, of two functions that call
   each other, and of a loop that calls a leaf function. */
#include <stdio.h>
#include <time.h>

enum { N = 32, TURNS = 10000000, ROUNDS = 5 };

__attribute__((noinline)) long fib(long n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

long pong(long n);

__attribute__((noinline)) long ping(long n) {
  return n < 2 ? n : pong(n - 1) + pong(n - 2);
}
__attribute__((noinline)) long pong(long n) {
  return n < 2 ? n : ping(n - 1) + ping(n - 2);
}

__attribute__((noinline)) long leaf(long x) {
  return (x ^ x >> 7) + 1;
}
__attribute__((noinline)) long loop(long turns) {
  long x = 0;
  for (long i = 0; i < turns; i++)
    x = leaf(x);
  return x;
}

/* This thread's time in milliseconds; other programs on the processor do not
   count. */
static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double best(long (*volatile function)(long), long argument) {
  double least = 1e9;
  function(2); /* the first call compiles */
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    volatile long result = function(argument);
    double time = now() - start;
    (void)result;
    if (time < least)
      least = time;
  }
  return least;
}

int main(void) {
  double self = best(fib, N), both = best(ping, N);
  printf("%.3f %.3f %.3f\n", self, both, best(loop, TURNS));
  return 0;
}
