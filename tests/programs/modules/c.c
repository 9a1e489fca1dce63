/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
static int local(void) {
  return 3;
}
int common[3];
int initialised_elsewhere = 77;

int pong(int);

int local_of_c(void) {
  return local();
}
int (*get_pong(void))(int) {
  return pong;
}
int pluggable(void) {
  return 2;
}
int *common_of_c(void) {
  return common;
}
