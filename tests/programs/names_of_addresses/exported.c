/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A program that is linked with a library exports its names. */
int of_library(void) {
  return 0;
}
