/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A table in a section of its own that lists functions and labels. */
#include <stdio.h>

struct entry {
  void *place;
  int number;
};
extern struct entry __start_table[], __stop_table[];
#define ENTRY static struct entry __attribute__((section("table"), used))

int other_table(int x);

void function(void) {
  puts("function");
}

int jump(int x) {
  ENTRY first = {&&here, 1};
  ENTRY second = {jump, 2};
  ENTRY third = {&&there, 3};
  if (x > 100)
    goto *first.place;
  if (x > 50)
    goto *third.place;
here:
  puts("here");
  return x;
there:
  puts("there");
  return x + 1;
}

ENTRY fourth = {(void *)function, 4};

static void count(void) {
  int sum = 0, count = 0;
  for (struct entry *e = __start_table; e < __stop_table; e++) {
    count++;
    sum += e->place ? e->number : 100;
  }
  printf("%d entries, sum %d\n", count, sum);
}

int main(void) {
  count();
  jump(1);
  jump(60);
  jump(200);
  count();
  printf("%d\n", other_table(1));
  return 0;
}
//! modules: other.c
//> 6 entries, sum 40
//> here
//> there
//> here
//> 6 entries, sum 40
//> 11
