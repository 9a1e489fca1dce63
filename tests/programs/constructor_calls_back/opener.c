/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <dlfcn.h>
#include <stdio.h>

void open_library(const char *path) {
  if (!dlopen(path, RTLD_NOW))
    puts(dlerror());
}
