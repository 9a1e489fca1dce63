/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tables of label addresses, and of their differences, in a function's own
   static data: the function and its table belong together. */
#include <stdio.h>

static int run(const unsigned char *code) {
  static const void *const labels[] = {&&halt, &&push, &&add, &&multiply};
  static const int distances[] = {&&push - &&halt, &&add - &&halt};
  int stack[16], top = 0;
  (void)distances;
  goto *labels[*code++];
push:
  stack[top++] = *code++;
  goto *labels[*code++];
add:
  top--;
  stack[top - 1] += stack[top];
  goto *labels[*code++];
multiply:
  top--;
  stack[top - 1] *= stack[top];
  goto *labels[*code++];
halt:
  return stack[0];
}

static int classify(int n) {
  void *target = n % 2 ? &&odd : &&even;
  goto *target;
odd:
  return 1;
even:
  return 2;
}

int main(void) {
  static const unsigned char code[] = {1, 6, 1, 3, 1, 4, 2, 3, 0};
  printf("%d %d %d\n", run(code), classify(3), classify(4));
  return 0;
}
//> 42 1 2
