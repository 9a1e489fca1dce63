/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names that linkers give to the ends of a program's parts. */
//! modules: other.c
//! no-llvm-19-executor: its memory has code behind data
#include <stdio.h>

extern char etext[], edata[], end[], _etext[], _edata[], _end[], __bss_start[];
extern char __data_start[];
__attribute__((weak)) extern char data_start[];

int value = 1;
int zero;
static int table[1000] = {1};
static char large[100000];
int *first_of_other(void);
int *second_of_other(void);

void never_called(void) {
}

static int is_data(const void *address) {
  return (const char *)address >= __data_start && (const char *)address < end;
}

static int is_code(void (*function)(void)) {
  return (const char *)function < etext;
}

/* As collectors do. */
static int scan(void) {
  int found = 0;
  for (const char *p = __data_start; p + sizeof value <= end; p++)
    found |= *p;
  return found != 0;
}

int main(void) {
  printf("%d %d %d %d\n", is_data(&value), is_data(&zero), is_data(table),
         is_data(&large[sizeof large - 1]));
  printf("%d %d\n", is_data(first_of_other()), is_data(second_of_other()));
  printf("%d %d\n", is_code(never_called), is_code((void (*)(void))main));
  printf("%d %d %d %d\n", etext <= __data_start, __data_start <= edata,
         edata <= __bss_start, __bss_start <= end);
  printf("%d %d %d %d\n", _etext == etext, _edata == edata, _end == end,
         data_start == __data_start);
  printf("%d %d\n", scan(), end - __data_start < 10000000);
  return 0;
}
//> 1 1 1 1
//> 1 1
//> 1 1
//> 1 1 1 1
//> 1 1 1 1
//> 1 1
