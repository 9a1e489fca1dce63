/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
typedef float v4 __attribute__((vector_size(16)));

__attribute__((vectorcall)) v4 add(v4 a, v4 b, int k);
int labelled(int k) __asm__("label.of.other");
int variable __asm__("variable.of.other") = 7;

__attribute__((vectorcall, noinline)) static int twice(int k) {
  return k * 3;
}
__attribute__((vectorcall, noinline)) int other(int k, v4 a) {
  v4 sum = add(a, a, k);
  return twice(k) + (int)sum[1] + k;
}
int labelled(int k) {
  return variable + k;
}
