/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Constructors run before main, destructors after the functions that atexit
   was given, both in the order of their priorities. */
#include <stdio.h>
#include <stdlib.h>

static int count;

static void say(const char *what) {
  printf("%d %s\n", ++count, what);
}

__attribute__((constructor)) static void unordered_constructor(void) {
  say("constructor");
}
__attribute__((constructor(300))) static void late_constructor(void) {
  say("constructor 300");
}
__attribute__((constructor(200))) static void early_constructor(void) {
  say("constructor 200");
}
__attribute__((destructor(200))) static void late_destructor(void) {
  say("destructor 200");
}
__attribute__((destructor(300))) static void early_destructor(void) {
  say("destructor 300");
}
__attribute__((destructor)) static void unordered_destructor(void) {
  say("destructor");
}
static void at_exit(void) {
  say("atexit");
}

int main(void) {
  atexit(at_exit);
  say("main");
  return 0;
}
//> 1 constructor 200
//> 2 constructor 300
//> 3 constructor
//> 4 main
//> 5 atexit
//> 6 destructor
//> 7 destructor 300
//> 8 destructor 200
