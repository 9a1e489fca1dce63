/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/executor.h"

#include <stdarg.h>
#include <stdio.h>

#include "tpc/base/say.h"

static const char name[] = "lazyrun-executor: ";

struct lzr_executor lzr_executor;

void lzr_executor_say(const char *format, ...) {
  char sentence[1024];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  lzr_say(name, "%s", sentence);
}

void lzr_executor_say_error(const lzr_error *error) {
  lzr_say_error(name, error);
}
