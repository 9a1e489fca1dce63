/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* dladdr names the function that an address lies in: a return address, a label
   in the middle of the code, the first byte. */
//! no-stock-executor: shared libraries there do not see the program
//! no-passes-at-O0: clang marks all functions noinline, so passes do not heed it
//! shared: exported.c
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

static const char *name_of(const void *address) {
  Dl_info info = {0};
  if (!dladdr(address, &info))
    return "(nowhere)";
  return info.dli_sname ? info.dli_sname : "(no name)";
}

__attribute__((noinline)) void show_caller(void) {
  puts(name_of((char *)__builtin_return_address(0) - 1));
}
__attribute__((noinline)) int called_once(int x) {
  show_caller();
  return x + 1;
}
__attribute__((noinline)) int called_twice(int x) {
  show_caller();
  return called_once(x) + 1;
}
__attribute__((noinline)) void show_address(void (*function)(void)) {
  Dl_info info = {0};
  struct link_map *map = NULL;
  char *inside = (char *)__builtin_return_address(0) - 1;
  int found = dladdr1(inside, &info, (void **)&map, RTLD_DL_LINKMAP);
  printf("%d %s %d %d\n", found != 0, info.dli_sname,
         info.dli_saddr == (void *)function, map != NULL);
}
__attribute__((noinline)) void middle(void) {
  show_address(middle);
  puts("middle");
}

int main(void) {
  printf("%d\n", called_twice(1));
  middle();
  puts(name_of((void *)called_once));
  puts(name_of((void *)main));
  puts(name_of((char *)puts));
  int here;
  puts(name_of(&here));
  return 0;
}
//> called_twice
//> called_once
//> 3
//> 1 middle 1 1
//> middle
//> called_once
//> main
//> puts
//> (nowhere)
