/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A library that the program is linked with loads another one, which uses the
   program's names. The program itself mentions nothing of the kind. */
//! no-stock-executor: shared libraries there do not see the program
//! shared: loader.c
//! shared: loaded.c
//! libs: -lloader
#include <stdio.h>

int load(const char *path, int argument);

int factor = 3;
int program_part(int x) {
  return x * factor;
}

int main(void) {
  printf("%d\n", load("./libloaded.so", 5));
  printf("%d\n", factor);
  return 0;
}
//> 16
//> 4
