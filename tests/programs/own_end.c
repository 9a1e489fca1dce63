/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names that linkers define only where a program does not. */
#include <stdio.h>

int end = 5;
static int edata = 6;
int etext(void) {
  return 7;
}

int main(void) {
  printf("%d %d %d\n", end, edata, etext());
  return 0;
}
//> 5 6 7
