/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A library that the program is linked with uses the program's functions and
   data, also through another library. */
//! no-stock-executor: shared libraries there do not see the program
//! shared: outer.c
//! libs: -louter
#include <stdio.h>

int level = 3;
const char *names[] = {"a", "b"};

int answer(int x) {
  return x * level;
}

int outer(int x);

int main(void) {
  printf("%d\n", outer(2));
  printf("%d %s\n", level, names[1]);
  return 0;
}
//> 9
//> 4 c
