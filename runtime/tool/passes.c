/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/passes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/tool/beside.h"

#ifdef LZR_CONTAINS_LLVM

lzr_error *passes_provide(char **argv) {
  char *path;
  lzr_error *error = beside_find("lazyrun-passes", &path);
  if (error)
    return error;
  execv(path, argv);
  error = lzr_error_create(LZR_ERROR_FILE,
                           "--passes needs %s, which cannot be run: %s", path,
                           strerror(errno));
  free(path);
  return error;
}

#else

lzr_error *passes_provide(char **argv) {
  (void)argv;
  return NULL;
}

#endif
