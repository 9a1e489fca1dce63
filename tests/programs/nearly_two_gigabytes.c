/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* As much static data as a linked program of the default code model may have:
   one array that takes nearly all of it, and others before and behind it. */
//! maps: 2100
//! no-sanitizer: it takes too long to poison
//! no-emulator: it has not that much address space
//! no-stock-executor: it writes zeros to all of it
//! objects: -O1 -fPIC -ffunction-sections
#include <stdio.h>

#define MIB (1l << 20)

static int before = 3;
static char most[1500 * MIB];
char shared[400 * MIB];
static int behind;
static char *const last = &most[1500 * MIB - 1];

__attribute__((noinline)) static long touch(long i) {
  most[i] = 1;
  shared[i / 4] = 2;
  behind++;
  return most[i] + shared[i / 4];
}

int main(void) {
  long sum = 0;
  for (long i = 0; i < 1500 * MIB; i += 37 * MIB)
    sum += touch(i);
  *last = 7;
  printf("%ld %d %d\n", sum, before, behind);
  printf("%d %d\n", most[1500 * MIB - 1], last[-1] + shared[400 * MIB - 1]);
  printf("%d\n", last - most == 1500 * MIB - 1);
  return 0;
}
//> 123 3 41
//> 7 0
//> 1
