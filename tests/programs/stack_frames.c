/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Large frames, arrays of variable length and alloca. */
#include <alloca.h>
#include <stdio.h>
#include <string.h>

static long large(int seed) {
  volatile signed char bytes[1 << 20];
  for (int i = 0; i < 1 << 20; i += 4096)
    bytes[i] = (signed char)(seed + i / 4096);
  long total = 0;
  for (int i = 0; i < 1 << 20; i += 4096)
    total += bytes[i];
  return total;
}

static int variable(int n) {
  int numbers[n], squares[n][n];
  for (int i = 0; i < n; i++) {
    numbers[i] = i;
    for (int j = 0; j < n; j++)
      squares[i][j] = i * j;
  }
  return numbers[n - 1] + squares[n - 1][n - 1] + (int)sizeof squares;
}

static size_t copies(int n) {
  char *last = "";
  for (int i = 0; i < n; i++) {
    char *copy = alloca(strlen(last) + 2);
    strcat(strcpy(copy, last), "x");
    last = copy;
  }
  return strlen(last);
}

static int aligned(void) {
  _Alignas(256) char bytes[300];
  memset(bytes, 1, sizeof bytes);
  return (unsigned long)bytes % 256 == 0 && bytes[299];
}

int main(void) {
  printf("%ld\n", large(0));
  printf("%d %zu %d\n", variable(10), copies(50), aligned());
  return 0;
}
//> -128
//> 490 50 1
