/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As a debugger writes: also where the mapping allows no writing. The
   descriptor is not kept, because the program may close it. */
static bool write_over(const uint8_t *address, const uint8_t *bytes,
                       size_t size) {
  int memory = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);

  if (memory < 0)
    return false;
  while (size > 0) {
    ssize_t written = pwrite(memory, bytes, size, (off_t)(uintptr_t)address);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      break;
    address += written;
    bytes += written;
    size -= (size_t)written;
  }
  close(memory);
  return size == 0;
}

/* From now on the pages follow the file again. */
static void drop_copies(uint8_t *address, size_t size) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uint8_t *start = address - (uintptr_t)address % page;

  madvise(start, (size_t)(address + size - start), MADV_DONTNEED);
}

void lzr_view_update(uint8_t *address, const uint8_t *bytes, size_t size) {
  if (memcmp(address, bytes, size) == 0)
    return;
  if (!write_over(address, bytes, size))
    drop_copies(address, size);
}
