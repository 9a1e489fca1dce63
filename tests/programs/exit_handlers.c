/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions registered with atexit run in reverse, also those registered by
   others of them and by constructors, and buffered output is not lost. */
//! exit: 3
#include <stdio.h>
#include <stdlib.h>

static void constructed(void) {
  puts("registered by a constructor");
}
__attribute__((constructor)) static void construct(void) {
  atexit(constructed);
}
static void nested(void) {
  puts("registered by a handler");
}
static void first(void) {
  puts("first");
}
static void second(void) {
  puts("second");
  atexit(nested);
}

static void leave(int status) {
  printf("no newline yet, ");
  exit(status);
}

int main(void) {
  atexit(first);
  atexit(second);
  leave(3);
  return 0;
}
//> no newline yet, second
//> registered by a handler
//> first
//> registered by a constructor
