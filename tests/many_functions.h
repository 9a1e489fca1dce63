/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A module of many small functions: int f0(int x) to f<n-1>(int x), of which
   f<i> returns 3 * x + i. */
#ifndef LZR_TESTS_MANY_FUNCTIONS_H
#define LZR_TESTS_MANY_FUNCTIONS_H

#include <stdio.h>

static inline int many_expected(int i, int x) {
  return 3 * x + i;
}

/* As IR text to be freed; NULL without memory. */
static inline char *many_functions(int count) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out)
    return NULL;
  for (int i = 0; i < count; i++)
    fprintf(out,
            "define i32 @f%d(i32 %%x) {\n"
            "  %%m = mul i32 %%x, 3\n"
            "  %%r = add i32 %%m, %d\n"
            "  ret i32 %%r\n"
            "}\n",
            i, i);
  return fclose(out) == 0 ? text : NULL;
}

#endif
