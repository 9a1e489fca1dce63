/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

int replaced_name = 100;

extern int strong, weak, replaced_here;
extern int strong_name, weak_name;

__attribute__((noinline)) void across(void) {
  strong_name = 110;
  weak_name = 120;
  printf("%d %d %d %d\n", *(volatile int *)&strong, *(volatile int *)&weak,
         replaced_here, replaced_name);
}
