/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* -fsanitize=kcfi: a call through a pointer looks at what is in front of the
   function, which it traps without. */
//! arch: x86_64
//! flags: -fsanitize=kcfi
//! modules: other.c
//! exit: 132
#include <stdio.h>
#include <stdlib.h>

typedef int (*operation)(int, int);
operation choose(int n);
int local_sum(void);

static int subtract(int a, int b) {
  return a - b;
}
static int compare(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}
operation table[] = {subtract, subtract};
__attribute__((noinline)) int negate(long a) {
  return (int)-a;
}
operation volatile wrong = (operation)negate;

int main(void) {
  int numbers[] = {3, 1, 2};
  qsort(numbers, 3, sizeof numbers[0], compare);
  printf("%d %d %d\n", numbers[0], choose(0)(1, 2), table[1](1, 2));
  printf("%d %d\n", choose(1)(3, 4), local_sum());
  fflush(stdout);
  return wrong(1, 2);
}
//> 1 3 -1
//> 12 7
//! lazyrun-stderr: SIGILL|Illegal
