/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads a file that lazyrun --trace-file has written.
 */
#ifndef LZR_REPORT_TRACE_H
#define LZR_REPORT_TRACE_H

#include <jansson.h>
#include <stddef.h>

/* Times are in microseconds since the first event. Strings are borrowed from
   the trace. */
struct span {
  const char *name, *category;
  double begin, end;
  size_t thread; /* index */
  size_t depth;  /* how many spans of its thread it lies in */
};

struct thread {
  json_int_t number;
  const char *name;
  size_t depth; /* of its spans, at most */
};

/* What lazyrun has put into the target so far. */
struct memory {
  double time;
  double code, constants, data; /* bytes */
};

struct trace {
  json_t *root;       /* owned, and so are the arrays */
  struct span *spans; /* by begin; of two that begin together, the longer one
                         comes first */
  size_t span_count;
  struct thread *threads;
  size_t thread_count;
  struct memory *memory;
  size_t memory_count;
  double end;
};

/* Reads path. If it is not such a file, it says so on standard error and exits
   with status 1. */
void trace_read(struct trace *trace, const char *path);

void trace_fini(struct trace *trace);

#endif
