/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A library that the program loads uses the program's functions and data, and
   everything that asks the dynamic linker knows the program. */
//! no-stock-executor: shared libraries there do not see the program
//! shared: eager.c
//! shared: lazy.c
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int counter = 5;
int zero;
const char *const words[] = {"zero", "one", "two"};
static int hidden_from_libraries = 1;
__attribute__((visibility("hidden"))) int hidden_too = 2;

int add(int x) {
  return x + counter;
}
extern int add_again(int x) __attribute__((alias("add")));
__attribute__((weak)) int weak_one(void) {
  return 11;
}
static int twelve(void) {
  return 12;
}
static int (*choose(void))(void) {
  return twelve;
}
int chosen(void) __attribute__((ifunc("choose")));

static int log_length;
static char log_text[100];
void note(const char *text) {
  log_length += sprintf(log_text + log_length, "%s;", text);
}

typedef int plugin(int (*given)(int));

static void run(const char *path, int mode) {
  void *library = dlopen(path, mode);
  if (!library) {
    puts(dlerror());
    return;
  }
  plugin *run = (plugin *)dlsym(library, "run");
  printf("%d %d %d\n", run(add), counter, zero);
}

static void *in_itself(const char *name) {
  return dlsym(dlopen(NULL, RTLD_NOW), name);
}

int main(int argc, char **argv) {
  run("./libeager.so", RTLD_NOW | RTLD_LOCAL);
  run("liblazy.so", RTLD_LAZY | RTLD_GLOBAL);
  puts(log_text);
  printf("%d%d%d\n", dlsym(RTLD_DEFAULT, "add") == (void *)add,
         in_itself("add") == (void *)add, in_itself("counter") == &counter);
  printf("%d%d%d\n", in_itself("hidden_from_libraries") != NULL,
         in_itself("hidden_too") != NULL, in_itself("from_eager") != NULL);
  printf("%d\n", in_itself("from_lazy") != NULL);
  Dl_info info;
  printf("%d %s\n", dladdr((void *)add, &info) != 0, info.dli_sname);
  printf("%d %s\n", dladdr(&words[1], &info) != 0, info.dli_sname);
  printf("%d\n", strcmp(info.dli_fname, argv[0]));
  printf("%d\n", hidden_from_libraries + hidden_too);
  return 0;
}
//> 1 28 1
//> 1 51 2
//> eager;lazy;
//> 111
//> 000
//> 1
//> 1 add
//> 1 words
//> 0
//> 3
