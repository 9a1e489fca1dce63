/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/forked.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/executor/executor.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* Linux 4.14 */
#endif

/* Set by fork() only. */
static volatile bool forked;

/* Lies in a page that the kernel zeroes in children; NULL where it cannot. */
static volatile bool *is_original;

static char reason[256]; /* written before a fork, read by its child */

void lzr_forked_watch(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (page == MAP_FAILED)
    return;
  if (madvise(page, size, MADV_WIPEONFORK) != 0) {
    munmap(page, size);
    return;
  }
  is_original = page;
  *is_original = true;
}

void lzr_forked_note_reason(lzr_error *error) {
  snprintf(reason, sizeof reason, "%s",
           error ? lzr_error_message(error) : "it has no controller");
  lzr_error_destroy(error);
}

void lzr_forked_note_child(bool has_controller) {
  if (is_original)
    *is_original = has_controller;
  forked = !has_controller;
}

bool lzr_is_forked_child(void) {
  return forked || (is_original && !*is_original);
}

void lzr_forked_refuse(void) {
  lzr_executor_say("process %ld, a fork of the program, calls a function that "
                   "is not compiled yet, and cannot reach the compiler: %s. "
                   "Compile all functions beforehand (lazyrun --eager)",
                   (long)getpid(),
                   *reason ? reason : "libc did not notice the fork");
  _exit(1);
}
