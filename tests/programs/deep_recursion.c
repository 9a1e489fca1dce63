/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Deep recursion that goes down through first calls, and comes back. */
#include <stdio.h>

typedef long down(long);
static down a, b, c, d, e, f;
static down *const order[] = {a, b, c, d, e, f};

static long go(long n) {
  return n == 0 ? 0 : order[n % 6](n - 1);
}
#define LEVEL(name, weight)                                                    \
  static long name(long n) {                                                   \
    return weight + go(n);                                                     \
  }
LEVEL(a, 1)
LEVEL(b, 2)
LEVEL(c, 3)
LEVEL(d, 4)
LEVEL(e, 5)
LEVEL(f, 6)

int main(void) {
  printf("%ld\n", go(6));
  printf("%ld\n", go(30000));
  return 0;
}
//> 21
//> 105000
