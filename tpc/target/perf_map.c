/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/profile.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWNER_WRITES = 0644 };

/* Whose map was written last; under the target's lock. */
static pid_t owner;

static void name_map(char path[LZR_PROFILE_PATH], pid_t process) {
  snprintf(path, LZR_PROFILE_PATH, "/tmp/perf-%d.map", (int)process);
}

/* Never through a link that somebody else has put there. */
static int open_map(const char *path, int flags) {
  return open(path,
              O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags,
              OWNER_WRITES);
}

/* What a parent has compiled, its child has too. */
static bool copy_map(pid_t from, int to) {
  char path[LZR_PROFILE_PATH], bytes[4096];
  ssize_t size = 0;
  int map;

  if (!from)
    return true;
  name_map(path, from);
  map = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (map < 0)
    return true; /* somebody has removed it */
  while ((size = read(map, bytes, sizeof bytes)) > 0)
    if (write(to, bytes, (size_t)size) != size)
      break;
  close(map);
  return size == 0;
}

bool lzr_perf_map_add(const struct lzr_profiled_function *function,
                      const char *name, char path[LZR_PROFILE_PATH]) {
  pid_t process = getpid();
  bool is_first = owner != process, written;
  int map;

  name_map(path, process);
  map = open_map(path, is_first ? O_TRUNC : 0);
  if (map < 0)
    return false;
  written = !is_first || copy_map(owner, map);
  owner = process;
  written = written && dprintf(map, "%llx %llx %s\n",
                               (unsigned long long)function->address,
                               (unsigned long long)function->size, name) > 0;
  return close(map) == 0 && written;
}
