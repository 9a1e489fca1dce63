#include "runtime/tool/target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/tool/crash.h"
#include "tpc/remote.h"

/* ---- Starting -------------------------------------------------------------
 */

/* The executor beside this program, as a word of a shell command. *word is
   owned. */
static lzr_error *find_executor(char **word) {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length < 0 || (size_t)length == sizeof path)
    return lzr_error_create(LZR_ERROR_FILE,
                            "lazyrun cannot find out where it is: name the "
                            "executor with --oop-launch=COMMAND");
  path[length] = 0;
  *strrchr(path, '/') = 0;
  if (strchr(path, '\''))
    return lzr_error_create(LZR_ERROR_FILE,
                            "'%s' has a quote in it: name the executor with "
                            "--oop-launch=COMMAND",
                            path);
  if (asprintf(word, "'%s/lazyrun-executor'", path) < 0)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  return NULL;
}

/* C programs expect libc and the mathematical functions, C++ programs their
   library: in this process they are there because of LLVM. Where one is not
   installed, the program either does without it or misses a name. */
static void open_usual_libraries(lzr_tpc *tpc) {
  static const char *const names[] = {"libm.so.6", "libstdc++.so.6"};
  lzr_library_handle handle;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    lzr_error_destroy(lzr_tpc_open_library(tpc, names[i], &handle));
}

static bool is_remote(const struct options *options) {
  return options->oop_launch || options->oop_command || options->oop_connect;
}

lzr_error *target_create(const struct options *options, lzr_tpc **tpc) {
  if (!is_remote(options))
    return lzr_tpc_create_self(tpc);
  char *executor = NULL;
  struct lzr_remote_options remote = {.size = sizeof remote,
                                      .launch = options->oop_launch,
                                      .command = options->oop_command,
                                      .connect = options->oop_connect,
                                      .secret_file = options->oop_secret_file,
                                      .insecure = options->oop_insecure};
  lzr_error *error = NULL;
  if (!remote.secret_file && (remote.secret = getenv("LAZYRUN_SECRET")))
    remote.secret_size = strlen(remote.secret);
  unsetenv("LAZYRUN_SECRET"); /* the string stays; a child need not know it */
  if (remote.launch && !*remote.launch) {
    error = find_executor(&executor);
    remote.launch = executor;
  }
  if (!error)
    error = lzr_tpc_create_remote(&remote, tpc);
  free(executor);
  if (!error && !options->no_process_symbols)
    open_usual_libraries(*tpc);
  return error;
}

/* ---- Ending ---------------------------------------------------------------
 */

static _Noreturn void die_of(int signal_number) {
  signal(signal_number, SIG_DFL);
  raise(signal_number);
  exit(128 + signal_number); /* it is one that does not kill */
}

_Noreturn void target_follow(lzr_session *session, lzr_tpc *tpc,
                             lzr_error *error) {
  const struct lzr_ending *ending = lzr_tpc_ending(tpc);
  switch (ending->kind) {
  case LZR_ENDING_EXITED:
    lzr_error_destroy(error);
    exit(ending->status);
  case LZR_ENDING_SIGNALLED:
    lzr_error_destroy(error);
    crash_report(session, ending);
    fflush(NULL);
    die_of(ending->status);
  case LZR_ENDING_RUNNING:
  case LZR_ENDING_LOST:
    break;
  }
  fprintf(stderr, "lazyrun: %s\n",
          error ? lzr_error_message(error)
                : "the executor ended, and nobody knows how");
  lzr_error_destroy(error);
  exit(1);
}
