/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
__attribute__((noinline)) int other(int x) {
  if (x > 1)
    return x * 3;
  return x - 1;
}
