/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A weak reference to nothing is 0; a weak definition alone is used. */
#include <stdio.h>

extern int missing_function(int) __attribute__((weak));
extern int missing_variable __attribute__((weak));
extern int puts(const char *) __attribute__((weak));

__attribute__((weak)) int fallback(void) {
  return 5;
}
__attribute__((weak)) int fallback_value = 6;

static int call_if_there(int x) {
  return missing_function ? missing_function(x) : -x;
}

int main(void) {
  int (*volatile pointer)(int) = missing_function;
  printf("%d %d\n", pointer == 0, &missing_variable == 0);
  printf("%d\n", call_if_there(3));
  if (puts)
    puts("puts is there");
  printf("%d %d\n", fallback(), fallback_value);
  return 0;
}
//> 1 1
//> -3
//> puts is there
//> 5 6
