/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/tasks.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int lzr_tasks_count(void) {
  DIR *directory = opendir("/proc/self/task");
  const struct dirent *entry;
  int count = 0;

  if (!directory)
    return -1;
  while ((entry = readdir(directory)))
    count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

static bool read_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "re");
  bool fine;

  if (!file)
    return false;
  fine = fgets(line, size, file) != NULL;
  fclose(file);
  return fine;
}

/* The numeric field of that number, in a line whose third field begins at
   state; 0 if there is none. */
static long field(const char *state, int number) {
  for (int i = 3; state && i < number; i++) {
    state = strchr(state, ' ');
    state = state ? state + 1 : NULL;
  }
  return state ? strtol(state, NULL, 10) : 0;
}

/* The first thread runs its destructors after it was told to end. Then it
   stays, as what the kernel calls a zombie, as long as the process lives. */
bool lzr_tasks_first_has_ended(bool *ended, int *status) {
  enum { EXIT_CODE = 52 }; /* as waitpid() knows it */
  char path[64], line[1024], *name_end;

  snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)getpid());
  if (!read_line(path, line, sizeof line))
    return false;
  name_end = strrchr(line, ')'); /* a thread's name may contain any byte */
  if (!name_end || name_end[1] != ' ') {
    errno = EPROTO;
    return false;
  }
  *ended = name_end[2] == 'Z';
  *status = (int)(field(name_end + 2, EXIT_CODE) >> 8 & 0xff);
  return true;
}
