/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is written by one name of a variable is read by the other, however much
   code generation optimizes, in this module and across modules. */
//! modules: other.c
#include <stdio.h>

int strong = 1;
extern int strong_name __attribute__((alias("strong")));
__attribute__((weak)) int weak = 2;
extern int weak_name __attribute__((weak, alias("weak")));
static int local = 3;
extern int local_name __attribute__((alias("local")));
int replaced_here = 4;
extern int replaced_name __attribute__((weak, alias("replaced_here")));

int function(int x) {
  return x + 1;
}
int function_name(int x) __attribute__((alias("function")));
int weak_function(int x) __attribute__((weak, alias("function")));

__attribute__((noinline)) int through(int *written, int *read, int value) {
  *written = value;
  return *read;
}

__attribute__((noinline)) void within(void) {
  strong_name = 10;
  int a = strong;
  weak_name = 20;
  int b = weak;
  local_name = 30;
  int c = local;
  strong = 11;
  int d = strong_name;
  weak = 21;
  int e = weak_name;
  printf("%d %d %d %d %d\n", a, b, c, d, e);
}

/* Another module has a variable of that name, which prevails over the alias. */
__attribute__((noinline)) void apart(void) {
  replaced_here = 40;
  replaced_name = 50;
  int a = replaced_here, b = replaced_name;
  printf("%d %d\n", a, b);
}

void across(void);

__attribute__((noinline)) int is_function(int (*f)(int)) {
  return f == function && f == function_name && f == weak_function;
}

int main(void) {
  within();
  apart();
  across();
  printf("%d %d %d\n", is_function(function_name), is_function(weak_function),
         function_name == weak_function);
  printf("%d %d\n", through(&strong, &strong_name, 7),
         through(&replaced_here, &replaced_name, 8));
  return 0;
}
//> 10 20 30 11 21
//> 40 50
//> 110 120 40 50
//> 1 1 1
//> 7 50
