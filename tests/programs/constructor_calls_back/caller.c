/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

char *called_first(void);

__attribute__((constructor)) static void begin(void) {
  puts(called_first());
}
