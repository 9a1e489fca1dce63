/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Static data of more than 1 GiB, which begins as zero and is seldom touched.
 */
//! no-sanitizer: it takes too long to poison
//! no-emulator: it has not that much address space
//! no-stock-executor: it writes zeros to all of it
#include <stdio.h>

enum { COUNT = 45000000 };
static double first[COUNT], second[COUNT], third[COUNT];
static int behind = 5;

int main(void) {
  double sum = 0;
  for (long i = 0; i < COUNT; i += 1 << 20) {
    first[i] = (double)i;
    second[i] = 2.0 * (double)i;
    third[i] = first[i] + second[i];
    sum += third[i];
  }
  printf("%.0f %d %d\n", sum, behind, (char *)&third[COUNT - 1] != NULL);
  return 0;
}
//> 2840592384 5 1
