/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 128-bit integers, long double and complex numbers in first calls; their
   arithmetic calls the compiler's support library. */
//! libs: -lm
#include <complex.h>
#include <stdio.h>

typedef __int128 wide;

static wide multiply(wide a, wide b) {
  return a * b;
}
static wide divide(wide a, wide b) {
  return a / b;
}
static long double average(long double a, int b, long double c) {
  return (a + b + c) / 3;
}
static double complex product(double complex a, double complex b) {
  return a * b;
}
static float complex quotient(float complex a, float complex b) {
  return a / b;
}
static long double complex twice(long double complex a) {
  return 2 * a;
}

int main(void) {
  wide big = multiply((wide)1 << 70, 3);
  printf("%llx %llx\n", (long long)(big >> 64), (long long)big);
  printf("%lld\n", (long long)divide(big, (wide)1 << 68));
  printf("%.3Lf\n", average(1.5L, 2, 4.0L));
  double complex p = product(1 + 2 * I, 3 - 1 * I);
  float complex q = quotient(1, I);
  long double complex t = twice(1 + 1 * I);
  printf("%g%+gi %g%+gi %Lg%+Lgi\n", creal(p), cimag(p), crealf(q), cimagf(q),
         creall(t), cimagl(t));
  printf("%.4f\n", cabs(p));
  return 0;
}
//> c0 0
//> 12
//> 2.500
//> 5+5i 0-1i 2+2i
//> 7.0711
