/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
_Thread_local long elsewhere = 1000;
static _Thread_local int counter = 0; /* not the other file's */

long next_elsewhere(void) {
  return elsewhere + ++counter;
}
