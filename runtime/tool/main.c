/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * lazyrun module.bc runs a program and compiles each of its functions when it
 * is called for the first time.
 */
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/lazyrun.h"
#include "runtime/tool/call.h"
#include "runtime/tool/crash.h"
#include "runtime/tool/libraries.h"
#include "runtime/tool/options.h"
#include "runtime/tool/output.h"
#include "runtime/tool/passes.h"
#include "runtime/tool/progress.h"
#include "runtime/tool/signals.h"
#include "runtime/tool/target.h"
#include "runtime/tool/trace_file.h"
#include "tpc/base/cpu.h"
#include "tpc/base/memory.h"
#include "tpc/base/say.h"

static struct options options;
static lzr_tpc *target; /* owned by the session */
static lzr_session *session;

static bool is_remote(void) {
  return !lzr_tpc_facts(target)->this_process;
}

/* Errors. */

static void say_error(const lzr_error *error) {
  lzr_say_error("lazyrun: ", error);
}

static _Noreturn void wait_for_end(void) {
  for (;;)
    pause();
}

/* libc's exit() must not run on two threads at once. Returns on the first
   thread that asks, whenever it asks; any other waits for the end. */
static void claim_end(void) {
  static atomic_bool claimed;
  static _Thread_local bool mine;
  if (!mine && atomic_exchange(&claimed, true))
    wait_for_end();
  mine = true;
}

/* Prints error and exits, unless error is NULL. If the reason is that the
   executor has ended, this process ends in the same way. */
static void check(lzr_error *error) {
  if (!error)
    return;
  if (target && is_remote() && lzr_error_get_kind(error) == LZR_ERROR_CLOSED) {
    claim_end();
    target_follow(session, target, error);
  }
  say_error(error);
  claim_end();
  exit(1);
}

/* Ends by exit(), so that what the program has printed and registered is not
   lost. If another first call of an exit handler fails, the process ends at
   once. */
static lzr_addr fail_first_call(void *data, const char *function,
                                lzr_error *error) {
  static bool failed;
  (void)data, (void)function;
  if (lzr_error_get_kind(error) == LZR_ERROR_CLOSED)
    wait_for_end(); /* main has returned, but this thread has not ended yet */
  say_error(error);
  claim_end();
  if (failed)
    _exit(1);
  failed = true;
  exit(1);
}

/* The same for an executor. The thread that made the call is not known here, so
   after a second failure the program goes on until it ends. */
static lzr_addr fail_remote_call(void *data, const char *function,
                                 lzr_error *error) {
  static atomic_bool failed;
  (void)data, (void)function;
  if (lzr_error_get_kind(error) == LZR_ERROR_CLOSED ||
      lzr_tpc_ending(target)->kind != LZR_ENDING_RUNNING)
    wait_for_end(); /* the main thread says how the executor has ended */
  say_error(error);
  if (atomic_exchange(&failed, true)) {
    lzr_error_destroy(error);
    return 0;
  }
  claim_end();
  lzr_tpc_exit(target, 1);
  exit(1);
}

/* At exit. */

/* In a copy: one more than there were when it became one. */
static uint64_t units_before;

static uint64_t count_units(void) {
  struct lzr_session_statistics s = {.size = sizeof s};
  if (session)
    lzr_session_get_statistics(session, &s);
  return s.units;
}

/* For a child of the program. */
static void note_copy(void) {
  units_before = count_units() + 1;
  trace_file_note_copy();
}

static bool write_trace(void) {
  lzr_error *error = options.trace_file ? trace_file_write() : NULL;
  if (error)
    say_error(error);
  lzr_error_destroy(error);
  return !error;
}

static bool print_stats(void) {
  if (options.stats == STATS_NONE)
    return true;
  stats_print(session, options.stats,
              options.code_generator != LZR_CODEGEN_LLVM);
  return output_finish(stderr, "standard error");
}

/* A copy that has compiled nothing itself has nothing to say. */
static void report(int status, void *data) {
  (void)data;
  if (count_units() < units_before)
    return;
  bool written = write_trace();
  if (print_stats() && written)
    return;
  fflush(NULL); /* what the program has printed */
  _exit(status ? status : 1);
}

/* libc does not tell with which status. */
static void report_quickly(void) {
  report(0, NULL);
}

/* Running. */

static void create_session(void) {
  struct lzr_session_options wanted = {
      .size = sizeof wanted,
      .optimization = options.optimization,
      .code_generator = options.code_generator,
      .passes = options.passes,
      .inline_budget = options.inline_budget,
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
  if ((options.stats != STATS_NONE || options.trace_file) &&
      (on_exit(report, NULL) != 0 || at_quick_exit(report_quickly) != 0))
    check(lzr_out_of_memory());
  if (!is_remote())
    check(signals_share(target));
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

/* Exit handlers in an executor make first calls, and one that fails ends this
   process. */
static _Noreturn void end_program(int status) {
  if (!is_remote())
    claim_end();
  lzr_tpc_exit(target, status);
  claim_end();
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

static void compile_all(lzr_library *program) {
  progress_begin(session);
  lzr_error *error = lzr_library_compile(program, options.check);
  progress_end();
  check(error);
}

int main(int argc, char **argv) {
  stats_begin();
  output_hold_descriptors();
  options_parse(&options, argc, argv);
  if (options.passes)
    check(passes_provide(argv));
  if (options.trace_file)
    check(trace_file_begin(options.trace_file));
  check(target_create(&options, note_copy, &target));
  create_session();
  lzr_library *program = lzr_session_main_library(session);
  load_program(program);
  if (options.eager || options.check)
    compile_all(program);
  if (options.check)
    return 0;
  lzr_cpu_hold_fenv(&(fenv_t){0}); /* sets the default one, as for main */
  end_program(options.call ? run_call() : run_program());
}
