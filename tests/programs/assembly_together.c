/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Assembly in functions that leans on the module's: macros and constants that
   it defines, a table to which functions that are never called add as well, and
   addresses as constant operands. */
//! arch: x86_64
//! modules: other.c
#include <stdio.h>

__asm__(".macro addk reg, k\n"
        "  add $\\k, \\reg\n"
        ".endm\n"
        ".set MAGIC, 40\n"
        ".equ TWO, 2\n");

__attribute__((noinline)) int with_macro(int x) {
  __asm__("addk %k0, 5" : "+r"(x));
  return x;
}

__attribute__((noinline)) int with_constants(int x) {
  __asm__("add $MAGIC+TWO, %k0" : "+r"(x));
  return x;
}

/* A table. */

#define NOTE(number)                                                           \
  __asm__ volatile("1:\n"                                                      \
                   "  .pushsection places,\"aw\",@progbits\n"                  \
                   "  .quad 1b\n"                                              \
                   "  .quad " #number "\n"                                     \
                   "  .popsection")

struct place {
  void *address;
  long number;
};
extern const struct place __start_places[], __stop_places[];

__attribute__((noinline)) void noted(void) {
  NOTE(1);
  NOTE(10);
}

__attribute__((noinline)) void never_called(void) {
  NOTE(100);
}

__attribute__((noinline)) void count(void) {
  long sum = 0, missing = 0;
  for (const struct place *p = __start_places; p < __stop_places; p++) {
    sum += p->number;
    missing += !p->address;
  }
  printf("%ld %ld %ld\n", (long)(__stop_places - __start_places), sum, missing);
}

/* Operands. */

static int doubled(int x) {
  return x * 2;
}
__attribute__((visibility("hidden"))) int elsewhere(int x);
static int table[4] = {1, 2, 3, 4};

#define CALL(function, x)                                                      \
  ({                                                                           \
    int result_;                                                               \
    long argument_ = (x);                                                      \
    __asm__ volatile("sub $136, %%rsp\n"                                       \
                     "  call %P2\n"                                            \
                     "  add $136, %%rsp"                                       \
                     : "=a"(result_), "+D"(argument_)                          \
                     : "i"(function)                                           \
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11",          \
                       "memory", "cc");                                        \
    result_;                                                                   \
  })

__attribute__((noinline)) int itself(int x) {
  return x > 3 ? x : CALL(itself, x + 1) * 2;
}

__attribute__((noinline)) void operands(void) {
  int second;
  int *address;
  __asm__("movl %p1(%%rip), %0" : "=r"(second) : "i"(&table[1]));
  __asm__("lea %p1(%%rip), %0" : "=r"(address) : "i"(table));
  printf("%d %d %d %d %d\n", CALL(doubled, 21), CALL(elsewhere, 1), itself(1),
         second, address == table);
}

int main(void) {
  printf("%d %d\n", with_macro(1), with_constants(0));
  count();
  noted();
  count();
  operands();
  return 0;
}
//> 6 42
//> 3 111 0
//> 3 111 0
//> 42 101 32 2 1
