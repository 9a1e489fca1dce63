/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* More zeros than anyone wants to store, a megabyte of initial values, and
   pointers to their ends. */
#include <stdio.h>

#define R(x) x, x, x, x, x, x, x, x
static int filled[512 * 8] = {R(1), R(2), [4095] = 9};
static char zeros[64 << 20];
static char *const end = zeros + sizeof zeros - 1;
static long table[1 << 17] = {[0] = 1, [100000] = 2, [(1 << 17) - 1] = 3};

static long sum(const long *numbers, long count) {
  long total = 0;
  while (count-- > 0)
    total += *numbers++;
  return total;
}

int main(void) {
  *end = 5;
  printf("%d %d %d\n", zeros[0], zeros[sizeof zeros - 1], zeros[32 << 20]);
  printf("%ld %d %d\n", sum(table, 1 << 17), filled[15], filled[4095]);
  return 0;
}
//> 0 5 0
//> 6 2 9
