/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A function that is chosen by a resolver function when it is first needed. */
#include <stdio.h>

static int fast(int x) {
  return x * 2;
}

static int (*choose(void))(int) {
  return fast;
}
int chosen(int x) __attribute__((ifunc("choose")));
static int (*volatile pointer)(int) = chosen;

int main(void) {
  printf("%d %d\n", chosen(21), pointer(4));
  return 0;
}
//> 42 8
