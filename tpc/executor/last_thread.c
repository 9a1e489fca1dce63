#include "tpc/executor/last_thread.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tpc/executor/crash.h"
#include "tpc/executor/executor.h"
#include "tpc/wire/own_thread.h"

/* How often to look, in milliseconds. The kernel tells nobody that a thread has
   ended but who has joined it. */
enum { INTERVAL = 5 };

static atomic_uint lost; /* threads of the connection, ended by the program */

void lzr_last_thread_lost_one(void) {
  atomic_fetch_add(&lost, 1);
}

static _Noreturn void give_up(const char *what) {
  lzr_executor_say("cannot tell whether a thread of the program is left: %s: "
                   "%s",
                   what, strerror(errno));
  _exit(1);
}

/* The main thread runs destructors of its own after it was told to end; then it
   stays, as what the kernel calls a zombie, for as long as the process. */
static bool main_thread_has_ended(void) {
  char stat[512] = "";
  char *state;
  FILE *file;

  snprintf(stat, sizeof stat, "/proc/self/task/%ld/stat", (long)getpid());
  file = fopen(stat, "re");
  if (!file || !fgets(stat, sizeof stat, file))
    give_up("/proc/self/task");
  fclose(file);
  state = strrchr(stat, ')'); /* behind the name, which may have any byte */
  return state && strncmp(state, ") Z", 3) == 0;
}

static unsigned count_threads(void) {
  DIR *directory = opendir("/proc/self/task");
  const struct dirent *entry;
  unsigned count = 0;

  if (!directory)
    give_up("/proc/self/task");
  while ((entry = readdir(directory)))
    count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

/* The executor's own first: one that is made meanwhile then counts as one of
   the program's, and the next look tells. */
static bool program_has_threads(void) {
  unsigned own = lzr_connection_count_threads(lzr_executor.connection) -
                 atomic_load(&lost) + 2; /* the main thread, and this one */

  return count_threads() > own;
}

static bool is_over(const atomic_uint *running) {
  return main_thread_has_ended() && !program_has_threads() &&
         atomic_load(running) <= 1;
}

/* Twice: a list that is read while threads come and go may miss one. */
static void *watch(void *data) {
  struct timespec interval = {0, INTERVAL * 1000000L};

  lzr_crash_prepare_thread();
  lzr_own_thread = true;
  for (int quiet = 0; quiet < 2;) {
    nanosleep(&interval, NULL);
    quiet = is_over(data) ? quiet + 1 : 0;
  }
  lzr_own_thread = false; /* handlers are the program's */
  exit(0);
}

void lzr_last_thread_watch(atomic_uint *running) {
  pthread_t thread;

  errno = pthread_create(&thread, NULL, watch, running);
  if (errno != 0)
    give_up("a thread that looks");
}
