/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
__attribute__((target_clones("arch=x86-64-v3", "default"))) int cloned(int x) {
  return x * x;
}
