/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The kernel's table of descriptors is as long as the highest number in use. So
   the connection's numbers lie just below a limit that most processes have. */
enum { USUAL_LIMIT = 1024, ROOM = 8 };

static int lowest(void) {
  struct rlimit limit;
  int most = USUAL_LIMIT;

  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < USUAL_LIMIT)
    most = (int)limit.rlim_cur;
  return most - ROOM > STDERR_FILENO ? most - ROOM : STDERR_FILENO + 1;
}

/* Below the limit for descriptors there may be no free number: then any will
   do. */
int lzr_descriptor_move_up(int descriptor) {
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, lowest());

  if (moved < 0)
    moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved >= 0)
    close(descriptor);
  return moved;
}

/* open() returns the lowest free number. */
static void fill_standard(void) {
  int null;

  do
    null = open("/dev/null", O_RDWR);
  while (null >= 0 && null <= STDERR_FILENO);
  if (null >= 0)
    close(null);
}

lzr_error *lzr_descriptors_move_up(int *in, int *out) {
  int moved_in = lzr_descriptor_move_up(*in);
  int moved_out = *out == *in ? moved_in : lzr_descriptor_move_up(*out);

  if (moved_in < 0 || moved_out < 0)
    return lzr_error_create(LZR_ERROR_TARGET,
                            "cannot move the connection's descriptors: %s",
                            strerror(errno));
  fill_standard();
  *in = moved_in;
  *out = moved_out;
  return NULL;
}
