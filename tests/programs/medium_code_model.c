/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Static data of more than 2 GiB, which code reaches by whole addresses. */
//! arch: x86_64
//! maps: 5300
//! flags: -mcmodel=medium
//! objects: -mcmodel=medium -O1 -fPIC -ffunction-sections
//! no-sanitizer: it takes too long to poison
//! no-stock-executor: it has no memory for far data
#include <stdio.h>

#define GIB (1ul << 30)

static char zeros[3 * GIB];
char shared[2 * GIB + 5];
static long values[100000] = {5};
long *pointer = &values[99999];
static const int table[100000] = {[77] = 7};
static int near = 1;

__attribute__((noinline)) static long touch(unsigned long i) {
  zeros[i] = 1;
  shared[i / 2] = 2;
  return zeros[i] + shared[i / 2] + near + table[77];
}

int main(void) {
  long sum = 0;
  for (unsigned long i = 0; i < 3 * GIB; i += GIB / 7)
    sum += touch(i);
  zeros[3 * GIB - 1] = 7;
  *pointer = 9;
  printf("%ld %d %ld %ld\n", sum, zeros[3 * GIB - 1], values[0], values[99999]);
  printf("%d\n", &zeros[3 * GIB - 1] - zeros == 3 * (long)GIB - 1);
  return 0;
}
//> 242 7 5 9
//> 1
