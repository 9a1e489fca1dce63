/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tpc/executor/dormant.h"
#include "tpc/executor/executor.h"
#include "tpc/wire/moving.h"

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif

/* The process whose descriptors are guarded; 0 for none. A child of vfork() has
   this process's memory, but descriptors of its own. */
static atomic_int guarded;

void lzr_guard_start(void) {
  atomic_store(&guarded, (int)getpid());
}

static bool is_guarding(void) {
  int process = atomic_load_explicit(&guarded, memory_order_relaxed);

  return process != 0 && process == (int)getpid();
}

/* The lowest guarded descriptor that is at least number; INT_MAX if there is
   none. */
static int next_of_ours(int number) {
  int ours[LZR_CONNECTION_DESCRIPTORS], next = INT_MAX;

  lzr_connection_descriptors(lzr_executor.connection, ours);
  for (int i = 0; i < LZR_CONNECTION_DESCRIPTORS; i++)
    if (ours[i] >= number && ours[i] < next)
      next = ours[i];
  if (lzr_dormant_channel() >= number && lzr_dormant_channel() < next)
    next = lzr_dormant_channel();
  return next;
}

static bool is_ours(int descriptor) {
  return descriptor > STDERR_FILENO && is_guarding() &&
         next_of_ours(descriptor) == descriptor;
}

static int refuse(int failure) {
  errno = failure;
  return -1;
}

/* ---- Closing ---- */

int close(int descriptor) {
  if (is_ours(descriptor))
    return refuse(EBADF);
  return (int)syscall(SYS_close, descriptor);
}

/* For kernels before 5.9, which lack the system call: closes one by one. */
static int close_all(unsigned first, unsigned last, unsigned flags) {
  struct rlimit limit;
  int result = (int)syscall(SYS_close_range, first, last, flags);

  if (result == 0 || errno != ENOSYS || flags != 0)
    return result;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max <= last)
    last = (unsigned)limit.rlim_max;
  for (unsigned i = first; i <= last && i >= first; i++)
    syscall(SYS_close, i);
  return 0;
}

static int close_others(unsigned first, unsigned last, unsigned flags) {
  int result = 0;

  while (result == 0 && first <= last) {
    unsigned ours =
        first > INT_MAX ? INT_MAX : (unsigned)next_of_ours((int)first);

    if (ours == INT_MAX || ours > last)
      return close_all(first, last, flags);
    if (ours > first) {
      result = close_all(first, ours - 1, flags);
      flags &= ~CLOSE_RANGE_UNSHARE; /* that is done */
    }
    first = ours + 1;
  }
  return result;
}

int close_range(unsigned first, unsigned last, int flags) {
  if (first > last || !is_guarding())
    return (int)syscall(SYS_close_range, first, last, flags);
  return close_others(first, last, (unsigned)flags);
}

void closefrom(int lowest) {
  unsigned first = lowest < 0 ? 0 : (unsigned)lowest;

  if (is_guarding())
    close_others(first, UINT_MAX, 0);
  else
    close_all(first, UINT_MAX, 0);
}

/* ---- Taking a number ---- */

static bool move(int descriptor) {
  return descriptor == lzr_dormant_channel()
             ? lzr_dormant_move_channel()
             : lzr_connection_move(lzr_executor.connection, descriptor);
}

/* Makes descriptor free for the program. Returns false and errno on failure. */
static bool make_free(int old, int descriptor) {
  if (is_ours(old) || fcntl(old, F_GETFD) < 0) {
    errno = EBADF;
    return false;
  }
  while (is_ours(descriptor))
    if (!move(descriptor)) {
      errno = EBUSY;
      return false;
    }
  return true;
}

int dup3(int old, int descriptor, int flags) {
  if (is_ours(descriptor) && !make_free(old, descriptor))
    return -1;
  return (int)syscall(SYS_dup3, old, descriptor, flags);
}

int dup2(int old, int descriptor) {
  if (old == descriptor) /* dup3() would refuse equal numbers */
    return fcntl(old, F_GETFD) < 0 ? -1 : descriptor;
  return dup3(old, descriptor, 0);
}
