/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Globals whose initial values point at functions, at each other, in circles,
   and into the middle of things; constant, writable and zero-filled ones. */
#include <stdio.h>

struct node {
  const char *name;
  struct node *next;
  int (*act)(int);
};

static int twice(int x) {
  return 2 * x;
}
int thrice(int x) {
  return 3 * x;
}

extern struct node last;
static struct node first = {"first", &last, twice};
struct node last = {"last", &first, thrice};

static int (*const actions[])(int) = {twice, thrice, twice, 0};
static int numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static int *const middle = &numbers[4];
static int **pointer_to_pointer = (int **)&middle;
static const char *const words[] = {"alpha", "beta", "gamma"};
static const char *const tail = "a long string" + 2;
static char zeros[1 << 20];
double half = 0.5;
static const struct {
  char c;
  const double *d;
  const struct node *n[2];
} mixed = {'m', &half, {&last, &first}};

static int count_actions(void) {
  int count = 0;
  while (actions[count])
    count++;
  return count;
}

int main(void) {
  printf("%s %s %s\n", first.name, first.next->name, first.next->next->name);
  printf("%d %d\n", first.act(10), first.next->act(10));
  printf("%d: %d %d\n", count_actions(), actions[1](5), actions[2](5));
  printf("%d %d %d\n", *middle, middle[-1], **pointer_to_pointer);
  numbers[4] = 50;
  printf("%d\n", *middle);
  printf("%s %s\n", words[2], tail);
  zeros[sizeof zeros - 1] = 1;
  printf("%d %d\n", zeros[0], zeros[sizeof zeros - 1]);
  printf("%c %g %s\n", mixed.c, *mixed.d, mixed.n[0]->name);
  return 0;
}
//> first last first
//> 20 30
//> 3: 15 10
//> 5 4 5
//> 50
//> gamma long string
//> 0 1
//> m 0.5 last
