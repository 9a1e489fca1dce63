/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <dlfcn.h>
#include <stdio.h>

int load(const char *path, int argument) {
  void *library = dlopen(path, RTLD_NOW);
  if (!library) {
    puts(dlerror());
    return -1;
  }
  return ((int (*)(int))dlsym(library, "loaded"))(argument);
}
