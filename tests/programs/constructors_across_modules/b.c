/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
void say(const char *what);

static int count;

int count_in_b(void) {
  return ++count;
}

__attribute__((constructor(101))) static void first(void) {
  say("b 101");
}
__attribute__((constructor)) static void plain(void) {
  say("b");
  count_in_b();
}
__attribute__((destructor)) static void early(void) {
  say("destructor b");
}
