/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A library that keeps to its own definition, as -Bsymbolic would have it. */
__attribute__((visibility("protected"))) char *l64a(long x) {
  return (char *)"library's";
}

const char *use_own(void) {
  return l64a(1);
}
