#include "tpc/executor/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOWEST = 100 };

/* Below the limit for descriptors there may be no place: any will do then. */
static int move(int descriptor) {
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, LOWEST);

  if (moved < 0)
    moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved >= 0)
    close(descriptor);
  return moved;
}

/* open() takes the lowest number that is free. */
static void fill_standard(void) {
  int null;

  do
    null = open("/dev/null", O_RDWR);
  while (null >= 0 && null <= STDERR_FILENO);
  if (null >= 0)
    close(null);
}

lzr_error *lzr_descriptors_move_up(int *in, int *out) {
  int moved_in = move(*in);
  int moved_out = *out == *in ? moved_in : move(*out);

  if (moved_in < 0 || moved_out < 0)
    return lzr_error_create(LZR_ERROR_TARGET,
                            "cannot move the connection's descriptors: %s",
                            strerror(errno));
  fill_standard();
  *in = moved_in;
  *out = moved_out;
  return NULL;
}
