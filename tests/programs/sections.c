/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lists that are gathered in a named section, between the symbols __start_ and
   __stop_. */
#include <stdio.h>

struct command {
  const char *name;
  int (*run)(int);
};
#define COMMAND __attribute__((section("commands"), used, aligned(8)))

static int double_it(int x) {
  return 2 * x;
}
static int negate(int x) {
  return -x;
}
COMMAND static const struct command first = {"double", double_it};
COMMAND static const struct command second = {"negate", negate};

extern const struct command __start_commands[], __stop_commands[];

__attribute__((section("own_code"))) static int in_own_section(int x) {
  return x + 5;
}

int main(void) {
  int total = 0;
  for (const struct command *c = __start_commands; c < __stop_commands; c++)
    total += c->run(10);
  printf("%d %d\n", (int)(__stop_commands - __start_commands), total);
  printf("%d\n", in_own_section(1));
  return 0;
}
//> 2 10
//> 6
