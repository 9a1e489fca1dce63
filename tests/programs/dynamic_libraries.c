/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program loads a library and looks names up itself. */
#include <dlfcn.h>
#include <stdio.h>

static double call(void *library, const char *name, double x) {
  double (*function)(double) = (double (*)(double))dlsym(library, name);
  return function ? function(x) : -1;
}

int main(void) {
  void *library = dlopen("libm.so.6", RTLD_NOW);
  if (!library)
    return 1;
  printf("%g\n", call(library, "cos", 0));
  printf("%g\n", call(library, "no_such_function", 0));
  int (*put)(const char *) = (int (*)(const char *))dlsym(RTLD_DEFAULT, "puts");
  put("found");
  printf("%d\n", dlclose(library));
  return 0;
}
//> 1
//> -1
//> found
//> 0
