/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * lazyrun module.bc runs a program and compiles each of its functions when it
 * is called for the first time.
 */
#include <errno.h>
#include <fenv.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/lazyrun.h"
#include "runtime/tool/call.h"
#include "runtime/tool/crash.h"
#include "runtime/tool/libraries.h"
#include "runtime/tool/options.h"
#include "runtime/tool/output.h"
#include "runtime/tool/target.h"
#include "tpc/base/cpu.h"
#include "tpc/base/memory.h"

static struct options options;
static lzr_tpc *target; /* owned by the session */
static lzr_session *session;

static bool is_remote(void) {
  return !lzr_tpc_facts(target)->this_process;
}

/* Errors. */

/* Does not use stdio, because little stack may be left. */
static void say_error(const lzr_error *error) {
  const char *message = lzr_error_message(error);
  struct iovec parts[] = {{(char *)"lazyrun: ", 9},
                          {(char *)message, strlen(message)},
                          {(char *)"\n", 1}};
  if (writev(STDERR_FILENO, parts, 3) < 0)
    _exit(1);
}

static atomic_bool failing;

static _Noreturn void wait_for_end(void) {
  for (;;)
    pause();
}

/* Prints error and exits, unless error is NULL. If the reason is that the
   executor has ended, this process ends in the same way. */
static void check(lzr_error *error) {
  if (!error)
    return;
  if (target && is_remote() && lzr_error_get_kind(error) == LZR_ERROR_CLOSED) {
    if (atomic_load(&failing))
      wait_for_end();
    target_follow(session, target, error);
  }
  say_error(error);
  exit(1);
}

/* Ends by exit(), so that what the program has printed and registered is not
   lost. If a first call of another thread fails meanwhile, that thread waits
   for the end. If a first call of an exit handler fails, the process ends at
   once. */
static lzr_addr fail_first_call(void *data, const char *function,
                                lzr_error *error) {
  static pthread_t failed;
  (void)data, (void)function;
  if (lzr_error_get_kind(error) == LZR_ERROR_CLOSED)
    wait_for_end(); /* main has returned, but this thread has not ended yet */
  say_error(error);
  if (!atomic_exchange(&failing, true)) {
    failed = pthread_self();
    exit(1);
  }
  if (pthread_equal(failed, pthread_self()))
    _exit(1);
  wait_for_end();
}

/* The same for an executor. The thread that made the call is not known here, so
   after a second failure the program goes on until it ends. */
static lzr_addr fail_remote_call(void *data, const char *function,
                                 lzr_error *error) {
  (void)data, (void)function;
  if (lzr_error_get_kind(error) == LZR_ERROR_CLOSED ||
      lzr_tpc_ending(target)->kind != LZR_ENDING_RUNNING)
    wait_for_end(); /* the main thread says how the executor has ended */
  say_error(error);
  if (atomic_exchange(&failing, true)) {
    lzr_error_destroy(error);
    return 0;
  }
  lzr_tpc_exit(target, 1);
  exit(1);
}

/* At exit. */

static void say_fallbacks(const struct lzr_session_statistics *s) {
  struct lzr_fallback_info *fallbacks;
  size_t count;
  lzr_error *error = lzr_session_list_fallbacks(session, &fallbacks, &count);
  if (error) {
    lzr_error_destroy(error);
    return;
  }
  fprintf(stderr, "lazyrun: %" PRIu64 " functions by the baseline generator\n",
          s->functions_baseline);
  for (size_t i = 0; i < count; i++)
    fprintf(stderr, "lazyrun: %" PRIu64 " by LLVM: %s\n",
            fallbacks[i].functions, fallbacks[i].reason);
  free(fallbacks);
}

/* In a copy: one more than there were when it became one. */
static uint64_t units_before;

static struct lzr_session_statistics get_statistics(void) {
  struct lzr_session_statistics s = {.size = sizeof s};
  if (session)
    lzr_session_get_statistics(session, &s);
  return s;
}

/* For a child of the program. */
static void note_copy(void) {
  units_before = get_statistics().units + 1;
}

/* A copy that has compiled nothing itself has nothing to say. */
static void say_statistics(int status, void *data) {
  (void)data;
  struct lzr_session_statistics s = get_statistics();
  if (s.units < units_before)
    return;
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
  if (options.code_generator != LZR_CODEGEN_LLVM)
    say_fallbacks(&s);
  if (output_finish(stderr, "standard error"))
    return;
  fflush(NULL); /* what the program has printed */
  _exit(status ? status : 1);
}

/* libc does not tell with which status. */
static void say_statistics_quickly(void) {
  say_statistics(0, NULL);
}

/* Running. */

static void create_session(void) {
  struct lzr_session_options wanted = {
      .size = sizeof wanted,
      .optimization = options.optimization,
      .code_generator = options.code_generator,
      .cpu = options.cpu,
      .features = options.features,
      .compile_threads = options.compile_threads,
      .debug_info = options.debug_info,
      .perf = options.perf,
      .no_process_symbols = options.no_process_symbols,
      .dump_directory = options.dump_directory,
      .owns_process = true,
      .no_verify = options.no_verify,
      .on_failure = is_remote() ? fail_remote_call : fail_first_call};
  lzr_error *error = lzr_session_create(target, &wanted, &session);
  if (error)
    target = NULL; /* lzr_session_create() has closed it */
  check(error);
  if (options.stats && (on_exit(say_statistics, NULL) != 0 ||
                        at_quick_exit(say_statistics_quickly) != 0))
    check(lzr_out_of_memory());
  crash_watch(is_remote() ? NULL : session);
}

static lzr_error *add_module(lzr_library *program, const char *path) {
  return lzr_library_add_file(program,
                              strcmp(path, "-") == 0 ? "/dev/stdin" : path);
}

static void load_program(lzr_library *program) {
  check(add_module(program, options.module));
  for (size_t i = 0; i < options.extra_module_count; i++)
    check(add_module(program, options.extra_modules[i]));
  check(libraries_add(&options, program));
}

/* libc's messages about the program, in assert and error, begin with its
   name. */
static void set_program_name(char *name) {
  char *slash = strrchr(name, '/');
  program_invocation_name = name;
  program_invocation_short_name = slash ? slash + 1 : name;
}

static _Noreturn void end_program(int status) {
  lzr_tpc_exit(target, status);
  target_follow(session, target, NULL);
}

static int run_program(void) {
  const char **argv = calloc((size_t)options.argc + 1, sizeof *argv);
  if (!argv)
    check(lzr_out_of_memory());
  argv[0] = options.argv0;
  for (int i = 0; i < options.argc; i++)
    argv[i + 1] = options.argv[i];
  set_program_name((char *)options.argv0);
  int status = 1;
  check(lzr_session_run_main(session, options.entry, options.argc + 1, argv,
                             &status));
  free(argv);
  return status;
}

static int run_call(void) {
  struct call call;
  lzr_value result;
  check(call_parse(options.call, &call));
  check(lzr_session_call(session, call.function, &call.signature, call.values,
                         &result));
  call_print(&call, &result);
  call_fini(&call);
  return output_finish(stdout, "standard output") ? 0 : 1;
}

int main(int argc, char **argv) {
  output_hold_descriptors();
  options_parse(&options, argc, argv);
  check(target_create(&options, note_copy, &target));
  create_session();
  lzr_library *program = lzr_session_main_library(session);
  load_program(program);
  if (options.eager || options.check)
    check(lzr_library_compile(program, options.check));
  if (options.check)
    return 0;
  lzr_cpu_hold_fenv(&(fenv_t){0}); /* sets the default one, as for main */
  end_program(options.call ? run_call() : run_program());
}
