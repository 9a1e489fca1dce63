/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* --trace-file: where the events of a run are written when it ends. */
#ifndef LZR_TOOL_TRACE_FILE_H
#define LZR_TOOL_TRACE_FILE_H

#include "runtime/lazyrun.h"

/* Creates the file, so that a mistake is found before the program runs, and
   starts to record. */
lzr_error *trace_file_begin(const char *path);

/* For a child that the program forks: its events go to a file of its own, with
   its process number behind the name. */
void trace_file_note_copy(void);

lzr_error *trace_file_write(void);

#endif
