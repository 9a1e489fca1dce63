/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Several modules: names shared and local ones that collide, a weak definition
   that is overridden, common symbols that are merged, functions and data that
   refer to each other in circles. */
//! modules: b.c c.c
//! objects: -O1 -fPIC -ffunction-sections
//! flags: -fcommon
#include <stdio.h>

static int local(void) {
  return 1;
}
static const char *text = "a";
int common[2];
int initialised_elsewhere;
int strong_variable = 10;
extern int *pointer_across;

int local_of_b(void), local_of_c(void);
const char *text_of_b(void);
int ping(int);
int (*get_pong(void))(int);
int pong(int);
int pluggable(void);
int call_pluggable(void);
int *common_of_b(void), *common_of_c(void);

int ping(int n) {
  return n <= 0 ? n : pong(n - 1);
}

int main(void) {
  printf("%d%d%d %s%s\n", local(), local_of_b(), local_of_c(), text,
         text_of_b());
  printf("%d %d\n", ping(7), get_pong() == pong);
  printf("%d %d\n", pluggable(), call_pluggable());
  common[1] = 5;
  common_of_b()[3] = 6;
  printf("%d%d %d %d\n", common_of_b() == common, common_of_c() == common,
         common_of_c()[1], common_of_c()[3]);
  printf("%d %d\n", initialised_elsewhere, *pointer_across);
  return 0;
}
//> 123 ab
//> -1 1
//> 2 2
//> 11 5 6
//> 77 10
