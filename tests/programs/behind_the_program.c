/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* RTLD_NEXT means what lies behind the program: never the program's own. */
//! no-stock-executor: dlsym there does not know who asks
//! shared: next.c
//! libs: -lnext
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static int depth;

int wrapped(int x) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "wrapped");
  if (depth++ > 0 || !next)
    return -1;
  return next(x) + 1;
}

int only_here(void) {
  return dlsym(RTLD_NEXT, "only_here") != NULL;
}

int abs(int x) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "abs");
  return next(x) + 100;
}

int other(void);

int main(void) {
  int (*volatile own_abs)(int) = abs;
  printf("%d\n", wrapped(20));
  printf("%d\n", only_here());
  printf("%d\n", own_abs(-5));
  printf("%d\n", other());
  return 0;
}
//> 41
//> 0
//> 105
//> 3
