/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
void say(const char *what);

static const char *const names[] = {"one", "two"};
const char *const *const names_of_c = names;
static int count;

int count_in_c(void) {
  return ++count;
}

__attribute__((constructor(300))) static void third(void) {
  say("c 300");
  count_in_c();
}
__attribute__((constructor)) static void plain(void) {
  say("c");
}
__attribute__((destructor)) static void early(void) {
  say("destructor c");
}
__attribute__((destructor(300))) static void later(void) {
  say("destructor c 300");
}
