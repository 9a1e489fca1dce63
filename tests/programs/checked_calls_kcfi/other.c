/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
typedef int (*operation)(int, int);

int add(int a, int b) {
  return a + b;
}
static int subtract(int a, int b) { /* another one than the first module's */
  return a * b;
}
operation choose(int n) {
  static const operation operations[] = {add, subtract};
  return operations[n];
}
int local_sum(void) {
  operation volatile local = add;
  return local(3, 4);
}
