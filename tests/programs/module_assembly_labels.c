/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Labels of assembly outside functions that are not global: the module's own
   functions and data reach them by name, and other modules do not see them. */
//! modules: other.c
//! variants: native-O0 native-O2 O0-at-O0 O0-at-O2 O2-at-O0 O2-at-O2 eager debug threads no-pic
#include <stdio.h>

int twice(int x);
extern int counter;
int call_other(int x);

__asm__(".text\n"
        "twice:\n"
#if defined(__x86_64__)
        "  lea (%rdi,%rdi), %eax\n"
#elif defined(__aarch64__)
        "  add w0, w0, w0\n"
#endif
        "  ret\n"
        ".data\n"
        ".balign 4\n"
        "counter: .long 5\n"
        ".text\n");

static int (*volatile pointer)(int) = twice;

int main(void) {
  counter++;
  printf("%d %d %d %d\n", twice(4), pointer(5), counter, pointer == twice);
  printf("%d\n", call_other(4));
  return 0;
}
//> 8 10 6 1
//> 1004
