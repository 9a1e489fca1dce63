/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/access.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Copies as many bytes as can be accessed, and returns their number. */
typedef size_t (*copy_function)(uint8_t *to, const uint8_t *from, size_t size);

/* The kernel makes the copies and checks the addresses. */

static size_t copy_by_vm(uint8_t *to, const uint8_t *from, size_t size) {
  struct iovec local = {to, size};
  struct iovec remote = {(void *)from, size};
  ssize_t copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

  return copied < 0 ? 0 : (size_t)copied;
}

/* For systems where process_vm_readv is forbidden (containers, seccomp): copies
   through a pipe. /proc/self/mem does not serve, because it also writes to
   read-only pages. */
static size_t copy_by_pipe(uint8_t *to, const uint8_t *from, size_t size) {
  int ends[2];
  size_t copied = 0;

  if (pipe2(ends, O_CLOEXEC) != 0)
    return 0;
  while (copied < size) {
    size_t rest = size - copied;
    size_t piece = rest < PIPE_BUF ? rest : PIPE_BUF;
    ssize_t in = write(ends[1], from + copied, piece);
    ssize_t out = in > 0 ? read(ends[0], to + copied, (size_t)in) : -1;

    if (out != in || out <= 0)
      break;
    copied += (size_t)out;
  }
  close(ends[0]);
  close(ends[1]);
  return copied;
}

static size_t copy(uint8_t *to, const uint8_t *from, size_t size) {
  static const copy_function ways[] = {copy_by_vm, copy_by_pipe};
  size_t copied = 0;

  for (size_t way = 0; way < sizeof ways / sizeof *ways && copied < size; way++)
    copied += ways[way](to + copied, from + copied, size - copied);
  return copied;
}

static lzr_error *refuse(const char *what, lzr_addr address, size_t size,
                         size_t copied) {
  return lzr_error_create(LZR_ERROR_TARGET,
                          "cannot %s %zu bytes at 0x%llx: there is no such "
                          "memory from 0x%llx on",
                          what, size, (unsigned long long)address,
                          (unsigned long long)(address + copied));
}

lzr_error *lzr_access_read(lzr_addr address, void *bytes, size_t size) {
  size_t copied = copy(bytes, (const uint8_t *)(uintptr_t)address, size);

  return copied == size ? NULL : refuse("read", address, size, copied);
}

lzr_error *lzr_access_write(lzr_addr address, const void *bytes, size_t size) {
  size_t copied = copy((uint8_t *)(uintptr_t)address, bytes, size);

  return copied == size ? NULL : refuse("write", address, size, copied);
}
