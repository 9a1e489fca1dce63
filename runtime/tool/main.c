/*
 * lazyrun module.bc: a program runs, its functions are compiled when they are
 * called.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/lazyrun.h"
#include "runtime/tool/crash.h"
#include "runtime/tool/options.h"

static struct options options;
static lzr_session *session;

/* ---- Failing --------------------------------------------------------------
 */

/* Little stack may be left, so not through stdio. */
static void say_error(const lzr_error *error) {
  const char *message = lzr_error_message(error);
  struct iovec parts[] = {{(char *)"lazyrun: ", 9},
                          {(char *)message, strlen(message)},
                          {(char *)"\n", 1}};
  if (writev(STDERR_FILENO, parts, 3) < 0)
    _exit(1);
}

static void check(lzr_error *error) {
  if (!error)
    return;
  say_error(error);
  exit(1);
}

/* What the program has printed and registered so far is not lost: exit. Should
   another first call fail meanwhile, its thread waits for the end; should it be
   an exit handler's, there is nothing left to wait for. */
static lzr_addr fail_first_call(void *data, const char *function,
                                lzr_error *error) {
  static atomic_flag failing = ATOMIC_FLAG_INIT;
  static pthread_t failed;
  (void)data, (void)function;
  say_error(error);
  if (!atomic_flag_test_and_set(&failing)) {
    failed = pthread_self();
    exit(1);
  }
  if (pthread_equal(failed, pthread_self()))
    _exit(1);
  for (;;)
    pause();
}

/* ---- At exit --------------------------------------------------------------
 */

static void say_statistics(void) {
  struct lzr_session_statistics s;
  lzr_session_get_statistics(session, &s);
#define MS(nanoseconds) ((double)(nanoseconds) / 1e6)
  fprintf(stderr,
          "lazyrun: %" PRIu64 " of %" PRIu64 " functions compiled, in %" PRIu64
          " units\n"
          "lazyrun: %" PRIu64 " bytes of code, %" PRIu64
          " of constants, %" PRIu64 " of data\n"
          "lazyrun: open %.2f ms, read %.2f, move %.2f, codegen %.2f, link "
          "%.2f, commit %.2f\n",
          s.functions_compiled, s.functions_defined, s.units, s.code_bytes,
          s.constant_bytes, s.data_bytes, MS(s.open_time), MS(s.read_time),
          MS(s.move_time), MS(s.codegen_time), MS(s.link_time),
          MS(s.commit_time));
#undef MS
}

/* ---- Libraries ------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static bool
try_library(lzr_library *program, const char *format, ...) {
  char path[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(path, sizeof path, format, arguments);
  va_end(arguments);
  lzr_error *error = lzr_library_search_shared_library(program, path);
  lzr_error_destroy(error);
  return !error;
}

/* libNAME.so may be missing where programs are only run, or be a linker's
   script: then any versioned one will do. */
static lzr_error *find_library(lzr_library *program, const char *name) {
  for (size_t i = 0; i < options.library_path_count; i++)
    if (try_library(program, "%s/lib%s.so", options.library_paths[i], name))
      return NULL;
  if (try_library(program, "lib%s.so", name))
    return NULL;
  for (int version = 0; version < 100; version++)
    if (try_library(program, "lib%s.so.%d", name, version))
      return NULL;
  return lzr_error_create(LZR_ERROR_FILE,
                          "-l%s: lib%s.so can be loaded neither from the -L "
                          "directories nor from the system's",
                          name, name);
}

static lzr_error *add_library(lzr_library *program,
                              const struct library_option *library) {
  if (library->kind == LIBRARY_BY_PATH)
    return lzr_library_search_shared_library(program, library->text);
  return find_library(program, library->text);
}

/* ---- Running --------------------------------------------------------------
 */

static void create_session(void) {
  struct lzr_session_options wanted = {
      .size = sizeof wanted,
      .optimization = options.optimization,
      .cpu = options.cpu,
      .features = options.features,
      .compile_threads = options.compile_threads,
      .debug_info = options.debug_info,
      .no_process_symbols = options.no_process_symbols,
      .dump_directory = options.dump_directory,
      .on_failure = fail_first_call};
  check(lzr_session_create(NULL, &wanted, &session));
  if (options.stats)
    atexit(say_statistics);
  crash_watch(session);
}

static lzr_error *add_module(lzr_library *program, const char *path) {
  return lzr_library_add_file(program,
                              strcmp(path, "-") == 0 ? "/dev/stdin" : path);
}

static void load_program(lzr_library *program) {
  check(add_module(program, options.module));
  for (size_t i = 0; i < options.extra_module_count; i++)
    check(add_module(program, options.extra_modules[i]));
  for (size_t i = 0; i < options.library_count; i++)
    check(add_library(program, &options.libraries[i]));
}

static int run_program(void) {
  const char **argv = calloc((size_t)options.argc + 1, sizeof *argv);
  if (!argv)
    return 1;
  argv[0] = options.argv0;
  for (int i = 0; i < options.argc; i++)
    argv[i + 1] = options.argv[i];
  int status = 1;
  check(lzr_session_run_main(session, options.entry, options.argc + 1, argv,
                             &status));
  free(argv);
  return status;
}

int main(int argc, char **argv) {
  options_parse(&options, argc, argv);
  create_session();
  lzr_library *program = lzr_session_main_library(session);
  load_program(program);
  if (options.eager || options.check)
    check(lzr_library_compile(program, options.check));
  return options.check ? 0 : run_program();
}
