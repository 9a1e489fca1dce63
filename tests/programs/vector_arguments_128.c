/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 128-bit vectors in all eight argument registers of a first call, and as its
   result: every lane arrives. */
#include <stdio.h>

typedef int vector __attribute__((vector_size(16)));

__attribute__((noinline)) static vector combine(vector a, vector b, vector c,
                                                vector d, vector e, vector f,
                                                vector g, vector h) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

static vector make(int from) {
  return (vector){from, from + 1, from + 2, from + 3};
}

#if defined(__aarch64__)
/* Keeps whole vector registers, which C does not. */
#define KEEPS __attribute__((aarch64_vector_pcs, noinline))
#else
#define KEEPS __attribute__((noinline))
#endif

KEEPS static vector twice(vector a) {
  return a + a;
}

int main(void) {
  vector sum = combine(make(0), make(1), make(2), make(3), make(4), make(5),
                       make(6), make(7));
  vector more = twice(sum) + sum;
  printf("%d %d %d %d\n", sum[0], sum[1], sum[2], sum[3]);
  printf("%d %d %d %d\n", more[0], more[1], more[2], more[3]);
  return 0;
}
//> 168 204 240 276
//> 504 612 720 828
