/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/executor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct lzr_executor lzr_executor;

void lzr_executor_say(const char *format, ...) {
  char line[2048] = "lazyrun-executor: ";
  size_t length = strlen(line);
  va_list arguments;
  int added;

  va_start(arguments, format);
  added = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
  va_end(arguments);
  if (added > 0)
    length = strlen(line);
  line[length++] = '\n';
  if (write(STDERR_FILENO, line, length) < 0)
    return; /* there is nobody left to report a failure to */
}
