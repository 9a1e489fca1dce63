/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
static int values[500] = {7};
static int zeros[500];

int *first_of_other(void) {
  return &values[499];
}
int *second_of_other(void) {
  return &zeros[499];
}
