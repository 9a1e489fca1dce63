/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Guaranteed tail calls between functions, also the first ones: the stack does
   not grow. */
#include <stdio.h>

static long odd(long n, long steps);

static long even(long n, long steps) {
  if (n == 0)
    return steps;
  __attribute__((musttail)) return odd(n - 1, steps + 1);
}
static long odd(long n, long steps) {
  __attribute__((musttail)) return even(n - 1, steps + 1);
}

typedef long step(long, long);
static step *volatile through_pointer = odd;

static long indirect(long n, long steps) {
  if (n == 0)
    return steps;
  __attribute__((musttail)) return through_pointer(n, steps);
}

int main(void) {
  printf("%ld\n", even(10000000, 0));
  printf("%ld\n", indirect(1000000 + 1, -1));
  return 0;
}
//> 10000000
//> 1000000
