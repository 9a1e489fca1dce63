/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions whose symbols are not their names: code generation decorates those
   of vectorcall, and assembler labels replace names. */
//! arch: x86_64
//! modules: other.c
#include <stdio.h>

typedef float v4 __attribute__((vector_size(16)));

__attribute__((vectorcall, noinline)) v4 add(v4 a, v4 b, int k) {
  return a + b * (float)k;
}
__attribute__((vectorcall, noinline)) static int twice(int k) {
  return k * 2;
}
__attribute__((vectorcall)) v4 add_name(v4 a, v4 b, int k)
    __attribute__((alias("add")));
__attribute__((vectorcall)) int other(int k, v4 a);
int labelled(int k) __asm__("label.of.other");
extern int variable __asm__("variable.of.other");

__attribute__((vectorcall)) static int (*volatile pointer)(int)
    __attribute__((vectorcall)) = twice;
__attribute__((vectorcall)) v4 (*volatile vectors)(v4, v4, int)
    __attribute__((vectorcall)) = add_name;

int main(int argc, char **argv) {
  v4 one = {1, 1, 1, 1}, few = {1, 2, 3, 4};
  v4 sum = add(few, one, argc), again = vectors(few, one, 2 * argc);
  printf("%.1f %.1f %d %d\n", sum[3], again[3], twice(argc), pointer(5));
  printf("%d\n", other(argc, few));
  for (int i = 0; i < 3; i++)
    printf("%d ", labelled(i));
  variable = 9;
  printf("%d %d\n", labelled(3), add == vectors);
  return 0;
}
//> 5.0 6.0 2 10
//> 8
//> 7 8 9 12 1
