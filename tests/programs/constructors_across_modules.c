/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Constructors of all modules run in the order of their priorities, then of the
   modules; they call functions of modules that come later, which find data that
   points across modules. Destructors run in reverse. */
//! modules: b.c c.c
//! objects: -O1 -fPIC -ffunction-sections
#include <stdio.h>

void say(const char *what);
int count_in_b(void), count_in_c(void);
extern const char *const *const names_of_c;

static int count;

void say(const char *what) {
  printf("%d %s\n", ++count, what);
}

__attribute__((constructor)) static void plain(void) {
  say("a");
  printf("%d %d %s\n", count_in_b(), count_in_c(), names_of_c[1]);
}
__attribute__((constructor(200))) static void second(void) {
  say("a 200");
  printf("%d\n", count_in_c());
}
__attribute__((constructor(400))) static void fourth(void) {
  say("a 400");
}
__attribute__((destructor(200))) static void late(void) {
  say("destructor a 200");
}
__attribute__((destructor)) static void early(void) {
  say("destructor a");
}

int main(void) {
  say("main");
  printf("%d %d\n", count_in_b(), count_in_c());
  return 0;
}
//> 1 b 101
//> 2 a 200
//> 1
//> 3 c 300
//> 4 a 400
//> 5 a
//> 1 3 two
//> 6 b
//> 7 c
//> 8 main
//> 3 4
//> 9 destructor c
//> 10 destructor b
//> 11 destructor a
//> 12 destructor c 300
//> 13 destructor a 200
