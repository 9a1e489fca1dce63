/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Several names for one function and for one variable. */
#include <stdio.h>

int original(int x) {
  return x + 1;
}
int strong_name(int x) __attribute__((alias("original")));
int weak_name(int x) __attribute__((weak, alias("original")));
static int local_name(int x) __attribute__((alias("original")));

int value = 7;
extern int other_value __attribute__((alias("value")));

static int (*volatile names[])(int) = {original, strong_name, weak_name,
                                       local_name};

int main(void) {
  for (int i = 0; i < 4; i++)
    printf("%d", names[i](i));
  printf("\n%d%d%d\n", strong_name(1), weak_name(2), local_name(3));
  for (int i = 0; i < 4; i++)
    printf("%d", names[i] == original);
  other_value = 8;
  printf("\n%d %d\n", value, &value == &other_value);
  return 0;
}
//> 1234
//> 234
//> 1111
//> 8 1
