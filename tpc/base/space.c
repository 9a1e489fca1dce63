/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/space.h"

#include <sys/mman.h>

void *lzr_space_reserve(size_t size) {
  void *space = mmap(NULL, size, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return space == MAP_FAILED ? NULL : space;
}

void lzr_space_release(void *space, size_t size) {
  munmap(space, size);
}

bool lzr_space_open(void *start, size_t size) {
  return mprotect(start, size, PROT_READ | PROT_WRITE) == 0;
}
