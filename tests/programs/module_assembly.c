/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Assembly outside functions: it defines a function and data, and calls a
   function of the module. */
#include <stdio.h>

__attribute__((used)) int from_assembly(int x) {
  return x * 3;
}

int assembled(int x);
extern const int assembled_data;

__asm__(".text\n"
        ".globl assembled\n"
        ".type assembled, @function\n"
        "assembled:\n"
#if defined(__x86_64__)
        "  subq $8, %rsp\n"
        "  call from_assembly@PLT\n"
        "  addq $8, %rsp\n"
        "  incl %eax\n"
        "  ret\n"
#elif defined(__aarch64__)
        "  stp x29, x30, [sp, #-16]!\n"
        "  bl from_assembly\n"
        "  ldp x29, x30, [sp], #16\n"
        "  add w0, w0, #1\n"
        "  ret\n"
#endif
        ".size assembled, . - assembled\n"
        ".section .rodata\n"
        ".globl assembled_data\n"
        ".type assembled_data, @object\n"
        ".balign 4\n"
        "assembled_data: .long 29\n"
        ".size assembled_data, 4\n"
        ".text\n");

int main(void) {
  printf("%d %d\n", assembled(4), assembled_data);
  return 0;
}
//> 13 29
