/* Times itself: how fast compiled code runs once it is compiled, where nearly
   all it does is call. Prints two times in milliseconds: fib calling itself,
   and two functions calling each other. */
#include <stdio.h>
#include <time.h>

enum { N = 35, ROUNDS = 5 };

__attribute__((noinline)) static long fib(int n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

long pong(int n);

__attribute__((noinline)) long ping(int n) {
  return n < 2 ? n : pong(n - 1) + pong(n - 2);
}
__attribute__((noinline)) long pong(int n) {
  return n < 2 ? n : ping(n - 1) + ping(n - 2);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double best(long (*volatile function)(int)) {
  double least = 1e9;
  function(2); /* the first call compiles */
  for (int i = 0; i < ROUNDS; i++) {
    double start = now();
    volatile long result = function(N);
    double time = now() - start;
    (void)result;
    if (time < least)
      least = time;
  }
  return least;
}

int main(void) {
  double self = best(fib);
  printf("%.2f %.2f\n", self, best(ping));
  return 0;
}
