/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
__asm__(".macro add_hundred reg\n"
        "  add $100, \\reg\n"
        ".endm\n");

__attribute__((noinline, visibility("hidden"))) int elsewhere(int x) {
  __asm__("add_hundred %k0" : "+r"(x));
  return x;
}
