/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* First calls on stacks that the program made itself. */
//! no-sanitizer: it would have to be told about the stacks
#include <stdio.h>
#include <ucontext.h>

static ucontext_t main_context, generator;
static char stack[32 << 10];
static int value;

static int square(int x) {
  return x * x;
}
static void generate(void) {
  for (int i = 1; i < 5; i++) {
    value = square(i);
    swapcontext(&generator, &main_context);
  }
  value = -1;
}

int main(void) {
  getcontext(&generator);
  generator.uc_stack.ss_sp = stack;
  generator.uc_stack.ss_size = sizeof stack;
  generator.uc_link = &main_context;
  makecontext(&generator, generate, 0);
  do {
    swapcontext(&main_context, &generator);
    printf(" %d", value);
  } while (value > 0);
  puts("");
  return 0;
}
//>  1 4 9 16 -1
