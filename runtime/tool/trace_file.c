/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/tool/trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/base/events.h"
#include "tpc/base/memory.h"

enum { MOST_EVENTS = 1 << 20 };

static char *file; /* absolute: the program may change directories */
static pid_t owner;

static lzr_error *cannot_write(const char *path) {
  return lzr_error_create(LZR_ERROR_FILE, "%s: cannot write the trace: %s",
                          path, strerror(errno));
}

lzr_error *trace_file_begin(const char *path) {
  FILE *created = fopen(path, "we");
  if (!created || fclose(created) != 0)
    return cannot_write(path);
  file = realpath(path, NULL);
  if (!file)
    return cannot_write(path);
  owner = getpid();
  return lzr_events_start(MOST_EVENTS);
}

void trace_file_note_copy(void) {
  if (file)
    lzr_events_restart();
}

lzr_error *trace_file_write(void) {
  char *own = NULL;
  if (getpid() != owner && asprintf(&own, "%s.%ld", file, (long)getpid()) < 0)
    return lzr_out_of_memory();
  lzr_error *error = lzr_events_write(own ? own : file, lzr_version());
  free(own);
  return error;
}
