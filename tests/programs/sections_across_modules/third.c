/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdint.h>

struct command {
  const char *name;
  int (*run)(int);
  struct command *next;
};
#define COMMAND __attribute__((section("commands"), used, aligned(8)))

static int square(int x) {
  return x * x;
}
COMMAND static struct command first = {"square", square, 0};

__attribute__((section("words"), used)) static const char three[] = "three";

__attribute__((section("mixed"), used)) static char last = 'z';
uintptr_t mixed_of_third(void) {
  return (uintptr_t)&last;
}
