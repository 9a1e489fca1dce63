/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
extern int level;
extern const char *names[];
int answer(int x);

int outer(int x) {
  level++;
  names[1] = "c";
  return answer(x) + 1;
}
