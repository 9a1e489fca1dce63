/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
extern int factor;
int program_part(int x);

int loaded(int x) {
  int result = program_part(x) + 1;
  factor++;
  return result;
}
