/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdint.h>

struct command {
  const char *name;
  int (*run)(int);
  struct command *next;
};
#define COMMAND __attribute__((section("commands"), used, aligned(8)))

static int negate(int x) {
  return -x;
}
static int halve(int x) {
  return x / 2;
}
COMMAND static struct command first = {"negate", negate, 0};
COMMAND static struct command second = {"halve", halve, &first};

extern struct command __start_commands[], __stop_commands[];

int count_in_second(void) {
  return (int)(__stop_commands - __start_commands);
}
struct command *second_stop(void) {
  return __stop_commands;
}

__attribute__((section("words"), used)) static const char one[] = "one";
__attribute__((section("words"), used)) static const char two[] = "two";

__attribute__((section("mixed"), aligned(32), used)) static char block[33];
uintptr_t mixed_of_second(void) {
  return (uintptr_t)block;
}
