/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Assembly within functions. */
#include <stdio.h>

static long add(long a, long b) {
#if defined(__x86_64__)
  __asm__("addq %1, %0" : "+r"(a) : "r"(b) : "cc");
#elif defined(__aarch64__)
  __asm__("add %0, %0, %1" : "+r"(a) : "r"(b));
#endif
  return a;
}

static long count_down(long n) {
  long steps = 0;
#if defined(__x86_64__)
  __asm__("1: incq %1\n\tdecq %0\n\tjnz 1b" : "+r"(n), "+r"(steps) : : "cc");
#elif defined(__aarch64__)
  __asm__("1: add %1, %1, #1\n\tsubs %0, %0, #1\n\tb.ne 1b"
          : "+r"(n), "+r"(steps)
          :
          : "cc");
#endif
  return steps;
}

static int branch(int x) {
#if defined(__x86_64__)
  __asm__ goto("testl %0, %0\n\tjz %l1" : : "r"(x) : "cc" : zero);
#elif defined(__aarch64__)
  __asm__ goto("cbz %w0, %l1" : : "r"(x) : : zero);
#endif
  return 1;
zero:
  return 0;
}

int main(void) {
  printf("%ld %ld %d %d\n", add(40, 2), count_down(17), branch(0), branch(5));
  return 0;
}
//> 42 17 0 1
