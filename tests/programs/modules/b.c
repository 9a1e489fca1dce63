/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
static int local(void) {
  return 2;
}
static const char *text = "b";
int common[4]; /* the largest wins */
int initialised_elsewhere;
extern int strong_variable;
int *pointer_across = &strong_variable;

int ping(int);

int local_of_b(void) {
  return local();
}
const char *text_of_b(void) {
  return text;
}
int pong(int n) {
  return n <= 0 ? n - 1 : ping(n - 1);
}
__attribute__((weak)) int pluggable(void) {
  return 1;
}
int call_pluggable(void) {
  return pluggable();
}
int *common_of_b(void) {
  return common;
}
