#include "tpc/target/window.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "stubs/self.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define MIB (UINT64_C(1) << 20)

/* Full sizes, in MiB. With the code they are below 2 GiB, over which every
   architecture forms addresses. */
enum { CONST_MIB = 256, DATA_MIB = 1024 };

/* Halved at most this often: a sixty-fourth is 8 MiB of code. */
enum { HALVINGS = 6 };

enum { FIRST_DUMPED = 1 << 20 };

static uint64_t file_size(const struct lzr_window *window) {
  return window->size[LZR_PROT_CODE] + window->size[LZR_PROT_CONST];
}

static uint64_t total_size(const struct lzr_window *window) {
  return file_size(window) + window->size[LZR_PROT_DATA];
}

/* Growing a file beyond the limit raises a signal besides failing. */
static bool file_may_have(uint64_t size) {
  struct rlimit limit;

  return getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
         limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* A descriptor of an empty file of size bytes, or -1 and errno. */
static int make_file(uint64_t size) {
  int file;

  if (!file_may_have(size)) {
    errno = EFBIG;
    return -1;
  }
  file = memfd_create("lazyrun", MFD_CLOEXEC | MFD_EXEC);
  if (file < 0 && errno == EINVAL) /* a kernel that knows no MFD_EXEC */
    file = memfd_create("lazyrun", MFD_CLOEXEC);
  if (file >= 0 && ftruncate(file, (off_t)size) != 0) {
    int failure = errno;

    close(file);
    errno = failure;
    return -1;
  }
  return file;
}

static bool map_at(uint8_t *address, uint64_t size, int prot, int flags,
                   int file, uint64_t offset) {
  return mmap(address, size, prot, MAP_FIXED | MAP_NORESERVE | flags, file,
              (off_t)offset) == (void *)address;
}

/* A page is in core dumps if it has been used; the boundary between the two
   makes one mapping two, for good. */
static void apply_dumped(const struct lzr_window *window, lzr_prot prot) {
  uint64_t dumped = window->dumped[prot];

  madvise(window->start[prot], dumped, MADV_DODUMP);
  if (dumped < window->size[prot])
    madvise(window->start[prot] + dumped, window->size[prot] - dumped,
            MADV_DONTDUMP);
}

/* Every view of the file over what is mapped there now, each atomically. */
static bool map_file(const struct lzr_window *window, int file) {
  uint64_t code = window->size[LZR_PROT_CODE];
  uint64_t constants = window->size[LZR_PROT_CONST];

  if (!map_at(window->start[LZR_PROT_CODE], code, PROT_READ | PROT_EXEC,
              MAP_SHARED, file, 0) ||
      !map_at(window->start[LZR_PROT_CONST], constants, PROT_READ, MAP_SHARED,
              file, code) ||
      !map_at(window->alias, code + constants, PROT_READ | PROT_WRITE,
              MAP_SHARED, file, 0))
    return false;
  madvise(window->alias, code + constants, MADV_DONTDUMP);
  apply_dumped(window, LZR_PROT_CODE);
  apply_dumped(window, LZR_PROT_CONST);
  return true;
}

static void *reserve(uint64_t size) {
  void *address = mmap(NULL, size, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return address == MAP_FAILED ? NULL : address;
}

static void lay_out(struct lzr_window *window, unsigned halvings) {
  *window = (struct lzr_window){
      .size = {[LZR_PROT_CODE] = lzr_self_code_mib * MIB >> halvings,
               [LZR_PROT_CONST] = CONST_MIB * MIB >> halvings,
               [LZR_PROT_DATA] = DATA_MIB * MIB >> halvings},
      .dumped = {[LZR_PROT_CODE] = FIRST_DUMPED,
                 [LZR_PROT_CONST] = FIRST_DUMPED},
  };
}

/* Address space only. False, errno, and nothing reserved when there is none. */
static bool take_space(struct lzr_window *window) {
  uint8_t *start = reserve(total_size(window));
  int failure;

  if (!start)
    return false;
  window->alias = reserve(file_size(window));
  if (!window->alias) {
    failure = errno;
    munmap(start, total_size(window));
    errno = failure;
    return false;
  }
  for (int prot = 0; prot < LZR_PROT_COUNT; prot++) {
    window->start[prot] = start;
    start += window->size[prot];
  }
  return true;
}

/* Maps everything into the space taken. False, and errno, if refused. */
static bool map_parts(struct lzr_window *window) {
  int file = make_file(file_size(window));
  bool mapped;
  int failure;

  if (file < 0)
    return false;
  mapped = map_file(window, file) &&
           map_at(window->start[LZR_PROT_DATA], window->size[LZR_PROT_DATA],
                  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  failure = errno;
  close(file);
  errno = failure;
  return mapped;
}

static bool try_open(struct lzr_window *window, unsigned halvings) {
  int failure;

  lay_out(window, halvings);
  if (!take_space(window))
    return false;
  if (map_parts(window))
    return true;
  failure = errno;
  lzr_window_close(window);
  errno = failure;
  return false;
}

static lzr_error *refuse(int failure) {
  if (failure == EACCES || failure == EPERM)
    return lzr_error_create(
        LZR_ERROR_MEMORY,
        "this system does not let a memory file be executed (%s; see the "
        "sysctl vm.memfd_noexec and security modules)",
        strerror(failure));
  return lzr_error_create(LZR_ERROR_MEMORY,
                          "cannot map memory for compiled code: %s",
                          strerror(failure));
}

lzr_error *lzr_window_open(struct lzr_window *window) {
  unsigned halvings = 0;

  while (!try_open(window, halvings)) {
    if ((errno != ENOMEM && errno != EFBIG) || halvings == HALVINGS)
      return refuse(errno);
    halvings++;
  }
  return NULL;
}

void lzr_window_close(struct lzr_window *window) {
  munmap(window->start[LZR_PROT_CODE], total_size(window));
  munmap(window->alias, file_size(window));
}

static bool overlaps(lzr_addr address, uint64_t size, const uint8_t *start,
                     uint64_t length) {
  uint64_t first = (uintptr_t)start;

  if (address < first)
    return size > first - address;
  return size > 0 && address - first < length;
}

bool lzr_window_is_sealed(const struct lzr_window *window, lzr_addr address,
                          uint64_t size) {
  return overlaps(address, size, window->start[LZR_PROT_CODE],
                  file_size(window)) ||
         overlaps(address, size, window->alias, file_size(window));
}

void *lzr_window_writable(const struct lzr_window *window, lzr_addr address) {
  uint64_t offset = address - (uintptr_t)window->start[LZR_PROT_CODE];

  if (offset < file_size(window))
    return window->alias + offset;
  return window->start[LZR_PROT_CODE] + offset;
}

void lzr_window_grow(struct lzr_window *window, lzr_prot prot, uint64_t used) {
  if (prot == LZR_PROT_DATA || used <= window->dumped[prot])
    return;
  while (window->dumped[prot] < used)
    window->dumped[prot] *= 2;
  apply_dumped(window, prot);
}

/* Writes memory into the file; false and errno when that fails. */
static bool copy_out(int file, const uint8_t *bytes, uint64_t size,
                     uint64_t offset) {
  while (size > 0) {
    ssize_t written = pwrite(file, bytes, size, (off_t)offset);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    offset += (uint64_t)written;
    size -= (uint64_t)written;
  }
  return true;
}

lzr_error *lzr_window_privatise(struct lzr_window *window,
                                const uint64_t used[LZR_PROT_COUNT]) {
  int file = make_file(file_size(window));
  lzr_error *error = NULL;

  if (file < 0 ||
      !copy_out(file, window->start[LZR_PROT_CODE], used[LZR_PROT_CODE], 0) ||
      !copy_out(file, window->start[LZR_PROT_CONST], used[LZR_PROT_CONST],
                window->size[LZR_PROT_CODE]) ||
      !map_file(window, file))
    error = lzr_error_create(LZR_ERROR_MEMORY,
                             "cannot give this process code of its own after "
                             "a fork: %s",
                             strerror(errno));
  if (file >= 0)
    close(file);
  return error;
}
