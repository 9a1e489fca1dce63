/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <time.h>

int strverscmp(const char *a, const char *b);

static int (*volatile pointer)(const char *, const char *) = strverscmp;

int use(void) {
  return strverscmp("a", "b");
}

int use_pointer(void) {
  return pointer("a", "b");
}

int use_data(void) {
  return daylight;
}
