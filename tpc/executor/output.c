/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/output.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct lzr_output {
  _Alignas(64) atomic_uint under_way; /* pieces that the relay has taken */
  atomic_uint changes; /* a futex: changes when a piece is done */
  atomic_int failure;  /* errno that nobody has been told */
  atomic_bool ignored; /* output cannot fail, or is given up */
};

/* ---- In the relay ---- */

struct lzr_output *lzr_outputs_create(size_t count) {
  void *memory =
      mmap(NULL, count * sizeof(struct lzr_output), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  return memory == MAP_FAILED ? NULL : memory;
}

struct lzr_output *lzr_output_at(struct lzr_output *outputs, size_t index) {
  return &outputs[index];
}

static long futex(atomic_uint *word, int operation, unsigned value,
                  const struct timespec *limit) {
  return syscall(SYS_futex, word, operation, value, limit, NULL, 0);
}

static void tell_change(struct lzr_output *output) {
  atomic_fetch_add(&output->changes, 1);
  futex(&output->changes, FUTEX_WAKE, INT_MAX, NULL);
}

void lzr_output_begin(struct lzr_output *output) {
  atomic_fetch_add(&output->under_way, 1);
}

void lzr_output_end(struct lzr_output *output, int failure, bool awaited) {
  if (failure)
    atomic_store(&output->failure, failure);
  atomic_store(&output->ignored, !awaited && !failure);
  atomic_fetch_sub(&output->under_way, 1);
  tell_change(output);
}

void lzr_output_give_up(struct lzr_output *output) {
  atomic_store(&output->ignored, true);
  tell_change(output);
}

/* ---- In the program's process ---- */

enum { WATCHED = 2 };

/* The program may have given a pipe any other number. */
static struct {
  dev_t device;
  ino_t inode;
  struct lzr_output *output;
} watched[WATCHED];
static size_t watched_count;

void lzr_output_watch(int descriptor, struct lzr_output *output) {
  struct stat status;

  if (watched_count == WATCHED || fstat(descriptor, &status) != 0)
    return;
  watched[watched_count].device = status.st_dev;
  watched[watched_count].inode = status.st_ino;
  watched[watched_count++].output = output;
}

static struct lzr_output *find_output(int descriptor) {
  struct stat status;

  if (!watched_count || descriptor < 0 || fstat(descriptor, &status) != 0)
    return NULL;
  for (size_t i = 0; i < watched_count; i++)
    if (watched[i].device == status.st_dev && watched[i].inode == status.st_ino)
      return watched[i].output;
  return NULL;
}

/* The relay counts a piece before it reads it, so a piece is either in the pipe
   or under way. */
static bool is_dealt_with(struct lzr_output *output, int descriptor) {
  int left = 0;

  return (ioctl(descriptor, FIONREAD, &left) != 0 || left == 0) &&
         atomic_load(&output->under_way) == 0;
}

/* The relay has ended, or has never got to work. */
static bool has_no_reader(int descriptor) {
  struct pollfd polled = {descriptor, POLLOUT, 0};

  return poll(&polled, 1, 0) > 0 && (polled.revents & POLLERR);
}

/* Waits until the controller has dealt with all output. Returns 0, or the errno
   with which it failed. Leaves errno alone. */
static int await_output(int descriptor) {
  static const struct timespec look_again = {.tv_nsec = 100000000};
  int before = errno;
  struct lzr_output *output = find_output(descriptor);
  unsigned seen;

  while (output && !atomic_load(&output->ignored)) {
    seen = atomic_load(&output->changes);
    if (is_dealt_with(output, descriptor) || has_no_reader(descriptor))
      break;
    futex(&output->changes, FUTEX_WAIT, seen, &look_again);
  }
  errno = before;
  return output ? atomic_exchange(&output->failure, 0) : 0;
}

/* Whether all went well; sets errno otherwise. */
static bool has_arrived(int descriptor) {
  int failure = await_output(descriptor);

  if (failure)
    errno = failure;
  return failure == 0;
}

/* ---- libc's functions ---- */

enum { WRITE, WRITEV, FFLUSH, FFLUSH_UNLOCKED, FCLOSE, FUNCTIONS };

static _Atomic(uintptr_t) found[FUNCTIONS];

/* libc's own. A conversion between pointers to functions and to objects is not
   C, but POSIX. */
static uintptr_t libcs(int function) {
  static const char *const names[FUNCTIONS] = {"write", "writev", "fflush",
                                               "fflush_unlocked", "fclose"};
  uintptr_t address =
      atomic_load_explicit(&found[function], memory_order_relaxed);

  if (!address) {
    address = (uintptr_t)dlsym(RTLD_NEXT, names[function]);
    atomic_store_explicit(&found[function], address, memory_order_relaxed);
  }
  return address;
}

/* A handler of signals may call write(), but not dlsym(). */
__attribute__((constructor)) static void find_all(void) {
  for (int i = 0; i < FUNCTIONS; i++)
    libcs(i);
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
  ssize_t written = ((ssize_t (*)(int, const void *, size_t))libcs(WRITE))(
      descriptor, bytes, size);

  return written > 0 && !has_arrived(descriptor) ? -1 : written;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  ssize_t written = ((ssize_t (*)(int, const struct iovec *, int))libcs(
      WRITEV))(descriptor, parts, count);

  return written > 0 && !has_arrived(descriptor) ? -1 : written;
}

/* -1 if the stream has none. Leaves errno alone. */
static int descriptor_of(FILE *file) {
  int before = errno, descriptor = fileno(file);

  errno = before;
  return descriptor;
}

/* Without a file, libc flushes all. */
static bool has_arrived_of(FILE *file) {
  bool out, err;

  if (!watched_count)
    return true;
  if (file)
    return has_arrived(descriptor_of(file));
  out = has_arrived(STDOUT_FILENO);
  err = has_arrived(STDERR_FILENO);
  return out && err;
}

static int flush(int function, FILE *file) {
  int result = ((int (*)(FILE *))libcs(function))(file);

  return has_arrived_of(file) ? result : EOF;
}

int fflush(FILE *file) {
  return flush(FFLUSH, file);
}

int fflush_unlocked(FILE *file) {
  return flush(FFLUSH_UNLOCKED, file);
}

/* Once the descriptor is closed, there is nothing to wait for. */
int fclose(FILE *file) {
  bool is_watched = watched_count && find_output(descriptor_of(file));
  int flushed = is_watched ? fflush(file) : 0, failure = errno;
  int closed = ((int (*)(FILE *))libcs(FCLOSE))(file);

  if (flushed != 0)
    errno = failure;
  return flushed != 0 ? EOF : closed;
}
