/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A file that is opened gets the lowest number that is free. */
void output_hold_descriptors(void) {
  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    if (fcntl(i, F_GETFD) < 0 &&
        open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      return;
}

bool output_finish(FILE *stream, const char *name) {
  errno = 0;
  bool written = fflush(stream) == 0 && !ferror(stream);
  if (!written)
    fprintf(stderr, "lazyrun: cannot write to %s%s%s\n", name,
            errno ? ": " : "", errno ? strerror(errno) : "");
  return written;
}
