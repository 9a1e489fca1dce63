/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/support/dump.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tpc/base/memory.h"
lzr_error *lzr_dump_prepare(const char *directory) {
  struct stat status;
  if (mkdir(directory, 0777) == 0 ||
      (errno == EEXIST && stat(directory, &status) == 0 &&
       S_ISDIR(status.st_mode)))
    return NULL;
  return lzr_error_create(LZR_ERROR_FILE, "%s: cannot make directory: %s",
                          directory, strerror(errno));
}

/* A symbol may contain any byte and be of any length; a file name may not. */
static void make_file_name(char *name, size_t size, uint32_t unit,
                           const char *symbol, const char *suffix) {
  int length = snprintf(name, size, "%04u-%.100s.%s", unit, symbol, suffix);
  for (int i = 0; i < length && name[i]; i++)
    if (!isalnum((unsigned char)name[i]) && !strchr("._-$", name[i]))
      name[i] = '_';
}

lzr_error *lzr_dump_bytes(const char *directory, uint32_t unit,
                          const char *name, const char *suffix,
                          const void *bytes, size_t size) {
  char file_name[128], path[4096];
  make_file_name(file_name, sizeof file_name, unit, name, suffix);
  if (snprintf(path, sizeof path, "%s/%s", directory, file_name) >=
      (int)sizeof path)
    return lzr_error_create(LZR_ERROR_FILE, "%s/%s: the path is too long",
                            directory, file_name);
  FILE *file = fopen(path, "wb");
  bool written = file && fwrite(bytes, 1, size, file) == size;
  if (file && fclose(file) != 0)
    written = false;
  return written ? NULL
                 : lzr_error_create(LZR_ERROR_FILE, "%s: cannot write: %s",
                                    path, strerror(errno));
}
