/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A collector of garbage finds out from the dynamic linker where a program's
   variables are, and reads all of them. */
//! no-stock-executor: shared libraries there do not see the program
//! shared: collector.c
//! libs: -lcollector
#include <stdio.h>
#include <stdlib.h>

int is_reachable(const void *object);

static void *in_zeros;
void *with_value = (void *)1;
struct {
  int number;
  void *inside[10];
} table = {.number = 7};
static void *large[100000];

static void *make(void) {
  return malloc(24);
}

__attribute__((noinline)) static void fill(void) {
  in_zeros = make();
  with_value = make();
  table.inside[9] = make();
  large[99999] = make();
}

int main(void) {
  fill();
  printf("%d", is_reachable(in_zeros));
  printf("%d", is_reachable(with_value));
  printf("%d", is_reachable(table.inside[9]));
  printf("%d\n", is_reachable(large[99999]));
  return 0;
}
//> 1111
