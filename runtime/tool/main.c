/*
 * lazyrun module.bc: a program runs, its functions are compiled when they are
 * called.
 */
#include <errno.h>
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
#include "runtime/tool/call.h"
#include "runtime/tool/crash.h"
#include "runtime/tool/options.h"
#include "runtime/tool/target.h"

static struct options options;
static lzr_tpc *target; /* the session's */
static lzr_session *session;

static bool is_remote(void) {
  return !lzr_tpc_facts(target)->this_process;
}

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

static atomic_bool failing;

static _Noreturn void wait_for_end(void) {
  for (;;)
    pause();
}

/* What the program has printed and registered so far is not lost: exit. Should
   another first call fail meanwhile, its thread waits for the end; should it be
   an exit handler's, there is nothing left to wait for. */
static lzr_addr fail_first_call(void *data, const char *function,
                                lzr_error *error) {
  static pthread_t failed;
  (void)data, (void)function;
  say_error(error);
  if (!atomic_exchange(&failing, true)) {
    failed = pthread_self();
    exit(1);
  }
  if (pthread_equal(failed, pthread_self()))
    _exit(1);
  wait_for_end();
}

/* The same in an executor. Which of its threads made the call is not known
   here, so a second failure lets the program go on to its end. */
static lzr_addr fail_remote_call(void *data, const char *function,
                                 lzr_error *error) {
  (void)data, (void)function;
  if (lzr_tpc_ending(target)->kind != LZR_ENDING_RUNNING)
    wait_for_end(); /* it was cut off: the main thread says how */
  say_error(error);
  if (atomic_exchange(&failing, true)) {
    lzr_error_destroy(error);
    return 0;
  }
  lzr_tpc_exit(target, 1);
  exit(1);
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
      .owns_process = true,
      .on_failure = is_remote() ? fail_remote_call : fail_first_call};
  check(lzr_session_create(target, &wanted, &session));
  if (options.stats)
    atexit(say_statistics);
  if (!is_remote())
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

/* What libc says about the program, in assert and error, begins with its name.
 */
static void set_program_name(char *name) {
  char *slash = strrchr(name, '/');
  program_invocation_name = name;
  program_invocation_short_name = slash ? slash + 1 : name;
}

/* error is why the program stopped, if it did; an executor that is gone takes
   this process along. */
static void check_run(lzr_error *error) {
  if (error && is_remote() && lzr_error_get_kind(error) == LZR_ERROR_CLOSED) {
    if (atomic_load(&failing))
      wait_for_end();
    target_follow(session, target, error);
  }
  check(error);
}

static _Noreturn void end_program(int status) {
  lzr_tpc_exit(target, status);
  target_follow(session, target, NULL);
}

static int run_program(void) {
  const char **argv = calloc((size_t)options.argc + 1, sizeof *argv);
  if (!argv)
    return 1;
  argv[0] = options.argv0;
  for (int i = 0; i < options.argc; i++)
    argv[i + 1] = options.argv[i];
  set_program_name((char *)options.argv0);
  int status = 1;
  check_run(lzr_session_run_main(session, options.entry, options.argc + 1, argv,
                                 &status));
  free(argv);
  return status;
}

static int run_call(void) {
  struct call call;
  lzr_value result;
  check(call_parse(options.call, &call));
  check_run(lzr_session_call(session, call.function, &call.signature,
                             call.values, &result));
  call_print(&call, &result);
  call_fini(&call);
  return 0;
}

int main(int argc, char **argv) {
  options_parse(&options, argc, argv);
  check(target_create(&options, &target));
  create_session();
  lzr_library *program = lzr_session_main_library(session);
  load_program(program);
  if (options.eager || options.check)
    check(lzr_library_compile(program, options.check));
  if (options.check)
    return 0;
  end_program(options.call ? run_call() : run_program());
}
