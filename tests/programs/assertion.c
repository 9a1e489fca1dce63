/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* An assertion that fails aborts the program and says where, under the
   program's own name. */
//! exit: 134
//! stderr: assertion\.c:[0-9]+: int check\(int\): Assertion .x < 3. failed
#include <assert.h>
#include <stdio.h>

static int check(int x) {
  assert(x < 3);
  return x;
}

int main(void) {
  for (int i = 0; i < 10; i++) {
    printf("%d\n", check(i));
    fflush(stdout);
  }
  return 0;
}
//> 0
//> 1
//> 2
