/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads standard input to its end. */
//! stdin: 3 4
//! stdin: 35
//! stdin: the rest is
//! stdin: not a number
#include <stdio.h>

static int sum(void) {
  int total = 0, value;
  while (scanf("%d", &value) == 1)
    total += value;
  return total;
}

int main(void) {
  char line[100];
  printf("%d\n", sum());
  while (fgets(line, sizeof line, stdin))
    printf("<%s", line);
  puts(feof(stdin) ? "at the end" : "not at the end");
  return 0;
}
//> 42
//> <the rest is
//> <not a number
//> at the end
