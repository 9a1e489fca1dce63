/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
typedef int function(int);

int chosen(int), maybe(int);

int weak_value = 2;

int maybe(int x) {
  return x + 1;
}
function *address_of_chosen(void) {
  return chosen;
}
function *address_of_maybe(void) {
  return maybe;
}
