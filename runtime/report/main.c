/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * lazyrun-report FILE draws what lazyrun --trace-file=FILE has written.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/report/draw.h"
#include "runtime/report/trace.h"

static const char help[] =
    "usage: lazyrun-report FILE >PICTURE.svg\n"
    "\n"
    "Draws what lazyrun --trace-file=FILE has written, as SVG: for each thread "
    "its\n"
    "first calls, units and their phases, and messages to an executor; and how "
    "much\n"
    "code and data there was. A browser shows what a bar stands for when the "
    "mouse\n"
    "is over it.\n";

/* Standard output counts: a picture that is cut off is a failure. */
static int finish(void) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return 0;
  perror("lazyrun-report: cannot write to standard output");
  return 1;
}

int main(int argc, char **argv) {
  struct trace trace;
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    fputs(help, stdout);
    return finish();
  }
  if (argc != 2 || argv[1][0] == '-') {
    fputs(help, stderr);
    return 2;
  }
  trace_read(&trace, argv[1]);
  draw(&trace, stdout);
  trace_fini(&trace);
  return finish();
}
