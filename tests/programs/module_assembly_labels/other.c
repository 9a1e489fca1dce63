/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
int twice(int x);

__asm__(".text\n"
        "twice:\n"
#if defined(__x86_64__)
        "  lea 1000(%rdi), %eax\n"
#elif defined(__aarch64__)
        "  add w0, w0, #1000\n"
#endif
        "  ret\n");

int call_other(int x) {
  return twice(x);
}
