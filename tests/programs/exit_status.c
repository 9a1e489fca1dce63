/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What main returns is the exit status. */
//! exit: 42
static int status(void) {
  return 42;
}

int main(void) {
  return status();
}
