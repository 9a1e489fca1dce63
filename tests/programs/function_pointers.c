/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A function's address is the same before and after its first call, wherever
   it is taken, and may be given to C libraries. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*binary)(int, int);

static int add(int a, int b) {
  return a + b;
}
static int subtract(int a, int b) {
  return a - b;
}
static int compare(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}
static int compare_down(const void *a, const void *b) {
  return -compare(a, b);
}
static binary choose(char sign) {
  return sign == '+' ? add : subtract;
}
static binary table[2] = {add, subtract};

static void print(const char *title, const int *numbers, size_t count) {
  printf("%s:", title);
  for (size_t i = 0; i < count; i++)
    printf(" %d", numbers[i]);
  putchar('\n');
}

int main(void) {
  binary volatile before = add;
  printf("%d %d\n", choose('+')(5, 3), choose('-')(5, 3));
  binary volatile after = add;
  printf("%d%d%d%d\n", before == after, table[0] == after, table[1] == before,
         choose('-') == table[1]);

  int numbers[] = {5, 2, 9, -4, 7, 0};
  size_t count = sizeof numbers / sizeof *numbers;
  qsort(numbers, count, sizeof *numbers, compare);
  print("up", numbers, count);
  int key = 7;
  int *found = bsearch(&key, numbers, count, sizeof *numbers, compare);
  printf("at %d\n", (int)(found - numbers));
  qsort(numbers, count, sizeof *numbers, compare_down);
  print("down", numbers, count);

  size_t (*volatile length)(const char *) = strlen;
  printf("%zu\n", length("four"));
  return 0;
}
//> 8 2
//> 1101
//> up: -4 0 2 5 7 9
//> at 4
//> down: 9 7 5 2 0 -4
//> 4
