/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program's names come before those of all libraries, for libraries that
   it loads and for dlsym. */
//! no-stock-executor: shared libraries there do not see the program
//! shared: user.c
//! shared: owner.c
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

/* The C library has these, too. */
int daylight = 42;
int strverscmp(const char *a, const char *b) {
  return 77;
}
char *l64a(long x) {
  return (char *)"program's";
}

typedef int use(void);
typedef const char *text(void);

int main(void) {
  void *user = dlopen("./libuser.so", RTLD_NOW);
  void *lazy = dlopen("./libowner.so", RTLD_LAZY);
  if (!user || !lazy) {
    puts(dlerror());
    return 1;
  }
  printf("%d\n", ((use *)dlsym(user, "use"))());
  printf("%d\n", ((use *)dlsym(user, "use_pointer"))());
  printf("%d\n", ((use *)dlsym(user, "use_data"))());
  printf("%s\n", ((text *)dlsym(lazy, "use_own"))());
  printf("%d\n", dlsym(RTLD_DEFAULT, "strverscmp") == (void *)strverscmp);
  printf("%d\n", dlsym(dlopen(NULL, RTLD_NOW), "daylight") == &daylight);
  printf("%d\n", dlsym(RTLD_DEFAULT, "strlen") != NULL);
  return 0;
}
//> 77
//> 77
//> 42
//> library's
//> 1
//> 1
//> 1
