/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
int wrapped(int x) {
  return x * 2;
}

int other(void) {
  return 3;
}
