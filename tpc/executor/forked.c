#include "tpc/executor/forked.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tpc/executor/executor.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* Linux 4.14 */
#endif

/* Set by fork() only. */
static volatile bool forked;

/* In a page that the kernel empties in children; NULL where it does not. */
static volatile bool *is_original;

static void after_fork_in_child(void) {
  forked = true;
  lzr_connection_forget(lzr_executor.connection);
}

static void make_mark(void) {
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

bool lzr_forked_watch(void) {
  make_mark();
  return pthread_atfork(NULL, NULL, after_fork_in_child) == 0;
}

bool lzr_is_forked_child(void) {
  return forked || (is_original && !*is_original);
}

void lzr_forked_refuse(void) {
  lzr_executor_say("process %ld, a fork of the program, calls a function that "
                   "is not compiled yet: only the program itself can reach "
                   "the compiler",
                   (long)getpid());
  _exit(1);
}
