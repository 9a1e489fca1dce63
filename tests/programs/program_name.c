/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What libc calls the program is what the program is called by. */
//! no-stock-executor: it does not tell libc
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  (void)argc;
  char *slash = strrchr(argv[0], '/');
  printf("%d\n", strcmp(program_invocation_name, argv[0]));
  printf("%d\n",
         strcmp(program_invocation_short_name, slash ? slash + 1 : argv[0]));
  return 0;
}
//> 0
//> 0
