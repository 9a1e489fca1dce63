/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/profile.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tpc/base/clock.h"

enum {
  MAGIC = 0x4a695444,
  VERSION = 1,
  CODE_LOAD = 0,
  DEBUG_INFO = 2,
  OWNER_WRITES = 0644
};

#ifdef __aarch64__
enum { MACHINE = EM_AARCH64 };
#else
enum { MACHINE = EM_X86_64 };
#endif

struct file_header {
  uint32_t magic, version, size, machine, padding, process;
  uint64_t time, flags;
};

struct code_load {
  uint32_t id, size;
  uint64_t time;
  uint32_t process, thread;
  uint64_t address, code_address, code_size, index;
};

struct debug_info {
  uint32_t id, size;
  uint64_t time;
  uint64_t code_address, line_count;
};

/* The file that was written last; under the target's lock. */
static pid_t owner;
static char dump[LZR_PROFILE_PATH];
static uint64_t next_index;

/* An absolute name, since the program may change its folder. */
static bool name_dump(pid_t process) {
  const char *wanted = getenv("JITDUMPDIR");
  char folder[PATH_MAX];
  int size;

  wanted = wanted && *wanted ? wanted : ".";
  snprintf(dump, sizeof dump, "%s", wanted); /* for the error */
  if (!realpath(wanted, folder))
    return false;
  size = snprintf(dump, sizeof dump, "%s/jit-%d.dump", folder, (int)process);
  if (size > 0 && (size_t)size < sizeof dump)
    return true;
  errno = ENAMETOOLONG;
  return false;
}

/* perf finds the file by a mapping of it that can be run, which stays. */
static bool begin_dump(int file, pid_t process) {
  struct file_header header = {.magic = MAGIC,
                               .version = VERSION,
                               .size = sizeof header,
                               .machine = MACHINE,
                               .process = (uint32_t)process,
                               .time = lzr_now()};
  size_t page = (size_t)sysconf(_SC_PAGESIZE);

  return write(file, &header, sizeof header) == sizeof header &&
         mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) !=
             MAP_FAILED;
}

static int open_dump(void) {
  pid_t process = getpid();
  bool is_first = owner != process;
  int file;

  if (is_first && !name_dump(process))
    return -1;
  file = open(dump,
              O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
                  (is_first ? O_TRUNC : 0),
              OWNER_WRITES);
  if (file >= 0 && is_first && !begin_dump(file, process)) {
    close(file);
    return -1;
  }
  owner = process;
  return file;
}

/* A function's lines come before its code. */
static bool write_lines(int file, const struct lzr_profiled_function *function,
                        const char *name) {
  struct debug_info info = {
      .id = DEBUG_INFO,
      .size = (uint32_t)(sizeof info + function->lines_size),
      .time = lzr_now(),
      .code_address = function->address,
      .line_count = function->line_count,
  };
  struct iovec pieces[] = {
      {&info, sizeof info},
      {(void *)(name + function->name_size), function->lines_size},
  };

  return !function->line_count ||
         writev(file, pieces, sizeof pieces / sizeof *pieces) ==
             (ssize_t)info.size;
}

bool lzr_jitdump_add(const struct lzr_profiled_function *function,
                     const char *name, char path[LZR_PROFILE_PATH]) {
  struct code_load load = {
      .id = CODE_LOAD,
      .size = (uint32_t)(sizeof load + function->name_size + function->size),
      .time = lzr_now(),
      .process = (uint32_t)getpid(),
      .thread = (uint32_t)syscall(SYS_gettid),
      .address = function->address,
      .code_address = function->address,
      .code_size = function->size,
      .index = next_index++,
  };
  struct iovec pieces[] = {
      {&load, sizeof load},
      {(void *)name, function->name_size},
      {(void *)(uintptr_t)function->address, function->size},
  };
  int file = open_dump();
  bool written;

  snprintf(path, LZR_PROFILE_PATH, "%s", dump);
  if (file < 0)
    return false;
  written = write_lines(file, function, name) &&
            writev(file, pieces, sizeof pieces / sizeof *pieces) ==
                (ssize_t)load.size;
  return close(file) == 0 && written;
}
