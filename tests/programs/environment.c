/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The environment, as main's third argument, through getenv and environ. */
//! no-stock-executor: it gives main no environment
//! env: LZR_PROGRAM_VALUE=from outside
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static const char *find(char **list, const char *name) {
  size_t length = strlen(name);
  for (; *list; list++)
    if (strncmp(*list, name, length) == 0 && (*list)[length] == '=')
      return *list + length + 1;
  return "(none)";
}

int main(int argc, char **argv, char **envp) {
  (void)argc, (void)argv;
  puts(getenv("LZR_PROGRAM_VALUE"));
  puts(find(envp, "LZR_PROGRAM_VALUE"));
  setenv("LZR_PROGRAM_VALUE", "changed", 1);
  puts(find(environ, "LZR_PROGRAM_VALUE"));
  unsetenv("LZR_PROGRAM_VALUE");
  puts(find(environ, "LZR_PROGRAM_VALUE"));
  return 0;
}
//> from outside
//> from outside
//> changed
//> (none)
