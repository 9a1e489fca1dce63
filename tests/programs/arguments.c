/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Arguments arrive as they were given, also those that look like options. */
//! args: one "two words" "" "a'b\"c" -O2 --help -- module.bc
#include <stdio.h>

int main(int argc, char **argv) {
  printf("%d\n", argc);
  for (int i = 1; i < argc; i++)
    printf("[%s]\n", argv[i]);
  puts(argv[argc] ? "no end" : "end");
  return 0;
}
//> 9
//> [one]
//> [two words]
//> []
//> [a'b"c]
//> [-O2]
//> [--help]
//> [--]
//> [module.bc]
//> end
