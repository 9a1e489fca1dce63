/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A first call leaves errno and the floating-point environment alone. */
//! libs: -lm
//! flags: -frounding-math
#include <errno.h>
#include <fenv.h>
#include <stdio.h>

#pragma STDC FENV_ACCESS ON

__attribute__((noinline)) static double third(double x) {
  volatile double three = 3;
  return x / three;
}
__attribute__((noinline)) static double again(double x) {
  volatile double three = 3;
  return x / three;
}
static int read_errno(void) {
  return errno;
}
static int read_rounding(void) {
  return fegetround() == FE_UPWARD;
}

int main(void) {
  errno = 1234;
  int seen = read_errno();
  printf("%d\n", seen);
  fesetround(FE_UPWARD);
  double up = third(1.0);
  int kept = read_rounding();
  fesetround(FE_DOWNWARD);
  double down = again(1.0);
  fesetround(FE_TONEAREST);
  printf("%d %d\n", up > down, kept);
  feclearexcept(FE_ALL_EXCEPT);
  volatile double zero = 0, one = 1;
  double inexact = one / (zero + 3);
  printf("%d %d\n", fetestexcept(FE_INEXACT) != 0,
         fetestexcept(FE_DIVBYZERO) != 0);
  return inexact > 1;
}
//> 1234
//> 1 1
//> 1 0
