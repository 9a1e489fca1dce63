/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/space.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static void *reserve(size_t size, int flags) {
  void *space =
      mmap(NULL, size, PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

  return space == MAP_FAILED ? NULL : space;
}

void *lzr_space_reserve(size_t size) {
  return reserve(size, 0);
}

void lzr_space_release(void *space, size_t size) {
  munmap(space, size);
}

/* A page in front, which nobody opens, because the kernel enlarges such a
   mapping when something touches what lies below. */
void *lzr_space_reserve_own(size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *space = reserve(page + size, MAP_GROWSDOWN);

  return space ? space + page : NULL;
}

void lzr_space_release_own(void *space, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);

  munmap((char *)space - page, page + size);
}

uint64_t lzr_space_allowed(void) {
  struct rlimit limit;

  return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
             ? limit.rlim_cur
             : UINT64_MAX;
}

size_t lzr_space_share(size_t size, size_t least) {
  uint64_t allowed = lzr_space_allowed();

  while (size > least && size > allowed / 8)
    size /= 2;
  return size;
}

bool lzr_space_open(void *start, size_t size) {
  return mprotect(start, size, PROT_READ | PROT_WRITE) == 0;
}
