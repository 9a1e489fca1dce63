/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Small functions that passes inline are also called by themselves: what they
   have in memory exists once. */
//! no-stock-executor: thread-local variables
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int next(void) {
  static int count;
  return ++count;
}
static _Thread_local int local;
static int next_local(void) {
  return ++local;
}
static const char *name(void) {
  return "a literal";
}
static int fail(void) {
  errno = ERANGE;
  return -1;
}
static int factorial(int n) {
  return n ? n * factorial(n - 1) : 1;
}
static int even(int n);
static int odd(int n) {
  return n ? even(n - 1) : 0;
}
static int even(int n) {
  return n ? odd(n - 1) : 1;
}
static int counted(void) {
  return next();
}
int other_name(void) __attribute__((alias("counted_here")));
int counted_here(void) {
  return next();
}
static const int primes[] = {2, 3, 5, 7, 11};
static int prime(int i) {
  return primes[i];
}

/* Not certain to be called, one after the other. */
static int one(int x) {
  return x ? next() + next_local() : 0;
}
static int two(int x) {
  return x ? next() + next_local() : 0;
}

int main(int argc, char **argv) {
  (void)argv;
  int (*volatile pointer)(void) = next;
  printf("%d %d %d\n", one(argc), two(argc), pointer());
  printf("%d %d %d\n", counted(), other_name(), counted_here());
  int (*volatile local_pointer)(void) = next_local;
  printf("%d %d\n", next_local(), local_pointer());
  const char *(*volatile name_pointer)(void) = name;
  printf("%d %zu\n", name() == name_pointer(), strlen(name()));
  int result = fail();
  printf("%d %d\n", result, errno == ERANGE);
  int (*volatile recursive)(int) = factorial;
  printf("%d %d %d %d\n", factorial(5), recursive(6), even(10), odd(10));
  int sum = 0;
  for (int i = 0; i < 5; i++)
    sum += prime(i);
  printf("%d %d\n", sum, primes[argc]);
  return 0;
}
//> 2 4 3
//> 4 5 6
//> 3 4
//> 1 9
//> -1 1
//> 120 720 1 0
//> 28 3
