/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
typedef int function(int);

int real(int x) {
  return x + 1;
}
int alias(int) __attribute__((alias("real")));
int weak_alias(int) __attribute__((weak, alias("real")));

int value = 11;
extern int other_value __attribute__((alias("value")));
__attribute__((weak)) int weak_value = 1;

__attribute__((visibility("hidden"))) int hidden(int x) {
  return x + 10;
}

static int plus_hundred(int x) {
  return x + 100;
}
static function *choose(void) {
  return plus_hundred;
}
int chosen(int) __attribute__((ifunc("choose")));

function *address_of_real(void) {
  return real;
}

__attribute__((weak)) int maybe(int x) {
  return -x;
}
