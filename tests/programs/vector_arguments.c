/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* 256-bit vectors in all eight argument registers of a first call, and as its
   result: every lane arrives. */
//! arch: x86_64
//! needs: avx2
#include <stdio.h>

typedef int vector __attribute__((vector_size(32)));
#define AVX2 __attribute__((target("avx2"), noinline))

AVX2 static vector combine(vector a, vector b, vector c, vector d, vector e,
                           vector f, vector g, vector h) {
  return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

AVX2 static vector make(int from) {
  return (vector){from,     from + 1, from + 2, from + 3,
                  from + 4, from + 5, from + 6, from + 7};
}

AVX2 static void print(vector v) {
  for (int i = 0; i < 8; i++)
    printf(" %d", v[i]);
  printf("\n");
}

AVX2 int main(void) {
  print(combine(make(0), make(1), make(2), make(3), make(4), make(5), make(6),
                make(7)));
  return 0;
}
//>  168 204 240 276 312 348 384 420
