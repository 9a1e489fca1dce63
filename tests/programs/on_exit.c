/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handlers that get the exit status, in order with those that do not; each is
   called for the first time when the program ends. */
//! exit: 7
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

static int times;

static void with_status(int status, void *name) {
  printf("%s %d %d\n", (const char *)name, status, ++times);
}
static void without(void) {
  printf("without %d\n", ++times);
  on_exit(with_status, "registered by a handler");
}

__attribute__((destructor)) static void destroy(void) {
  printf("destructor %d\n", ++times);
}

int main(void) {
  on_exit(with_status, "first");
  atexit(without);
  on_exit(with_status, "last");
  return 7;
}
//> last 7 1
//> without 2
//> registered by a handler 7 3
//> first 7 4
//> destructor 5
