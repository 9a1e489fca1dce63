/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/removing.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static const int ending[] = {SIGHUP, SIGINT, SIGTERM};
enum { COUNT = sizeof ending / sizeof *ending };

static const char *volatile file;
static bool handled[COUNT];

/* Raises the signal again; it is blocked now, and arrives when this handler
   returns. */
static void remove_and_end(int number) {
  unlink(file);
  signal(number, SIG_DFL);
  raise(number);
}

static void begin(void) {
  for (int i = 0; i < COUNT; i++) {
    struct sigaction action = {.sa_handler = remove_and_end}, present;

    handled[i] = sigaction(ending[i], NULL, &present) == 0 &&
                 present.sa_handler == SIG_DFL &&
                 sigaction(ending[i], &action, NULL) == 0;
  }
}

void lzr_remove_at_signal(const char *path) {
  if (path) {
    file = path;
    begin();
    return;
  }
  for (int i = 0; i < COUNT; i++)
    if (handled[i])
      signal(ending[i], SIG_DFL);
}
