/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/beside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tpc/base/memory.h"

lzr_error *beside_find(const char *name, char **path) {
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self);
  if (length < 0 || (size_t)length == sizeof self)
    return lzr_error_create(LZR_ERROR_FILE,
                            "lazyrun cannot find out where it is, and so not "
                            "where %s is",
                            name);
  self[length] = 0;
  *strrchr(self, '/') = 0;
  return asprintf(path, "%s/%s", self, name) < 0 ? lzr_out_of_memory() : NULL;
}
