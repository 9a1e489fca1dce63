/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/build/lookup.h"
#include "runtime/session/compiler.h"
#include "runtime/session/cpu.h"
#include "runtime/session/first_call.h"
#include "runtime/session/inspect.h"
#include "runtime/support/dump.h"
#include "runtime/support/trace.h"
#include "tpc/base/memory.h"
#include "tpc/base/options.h"

/* Options. */

static lzr_error *check_options(const struct lzr_session_options *options) {
  if (options->optimization < 0 || options->optimization > 3)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "optimization level %d is not one of 0 to 3",
                            options->optimization);
  if (options->code_generator < LZR_CODEGEN_LLVM ||
      options->code_generator > LZR_CODEGEN_AUTO)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "there is no code generator %d",
                            options->code_generator);
  if (options->inline_budget < LZR_INLINE_NOTHING)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "an inline budget of %d",
                            options->inline_budget);
  if (options->perf < LZR_PERF_NONE || options->perf > LZR_PERF_JITDUMP)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "there is no way %d for perf",
                            options->perf);
  if (options->compile_threads > LZR_MAX_THREADS)
    return lzr_error_create(LZR_ERROR_LIMIT, "%u compile threads; at most %d",
                            options->compile_threads, LZR_MAX_THREADS);
  return NULL;
}

static lzr_error *keep_string(lzr_session *session, const char **string) {
  if (!*string)
    return NULL;
  char *copy = strdup(*string);
  if (!lzr_symbols_keep(&session->symbols, copy))
    return lzr_out_of_memory();
  *string = copy;
  return NULL;
}

static lzr_error *take_options(lzr_session *session,
                               const struct lzr_session_options *given) {
  struct lzr_session_options *options = &session->options;
  lzr_error *error = NULL;
  if (given && given->size == 0)
    *options = *given; /* all zero is a good choice */
  else if (given)
    error = lzr_options_take(options, sizeof *options, given, "a session");
  if (!error)
    error = check_options(options);
  if (error)
    return error;
  if (options->compile_threads == 0)
    options->compile_threads = 1;
  error = keep_string(session, &options->passes);
  if (!error)
    error = keep_string(session, &options->cpu);
  if (!error)
    error = keep_string(session, &options->features);
  if (!error)
    error = keep_string(session, &options->dump_directory);
  if (!error && options->dump_directory)
    error = lzr_dump_prepare(options->dump_directory);
  return error;
}

/* Creation. */

/* The failed call is no first call and cannot go on elsewhere, so this ignores
   what on_failure returns. */
static void fail_host_function(void *data, lzr_error *error) {
  const struct lzr_session_options *options = &((lzr_session *)data)->options;
  options->on_failure(options->data, "a host function", error);
}

static lzr_error *reach_target(lzr_session *session) {
  lzr_error *error = NULL;
  if (!session->tpc)
    error = lzr_tpc_create_self(&session->tpc);
  if (!error && session->options.on_failure)
    lzr_tpc_on_failure(session->tpc, fail_host_function, session);
  if (!error)
    session->arch = lzr_arch_for_triple(lzr_tpc_facts(session->tpc)->triple);
  if (!error)
    error = lzr_session_check_cpu(session);
  return error ? error
               : lzr_indirection_create(session->tpc, &session->indirection);
}

static lzr_error *disassemble(void *data, unsigned thread, const uint8_t *bytes,
                              size_t size, lzr_addr address, char **text) {
  lzr_compiler *compiler;
  lzr_error *error = lzr_session_find_compiler(data, &compiler);
  return error ? error
               : lzr_compiler_disassemble(compiler, thread, bytes, size,
                                          address, text);
}

static bool can_show_names(lzr_tpc *tpc) {
  lzr_error *error = lzr_tpc_show(tpc, NULL, 0);
  lzr_error_destroy(error);
  return !error;
}

static void connect_symbols(lzr_session *session) {
  session->symbols.session = session;
  session->symbols.tpc = session->tpc;
  session->symbols.indirection = session->indirection;
  session->symbols.land = lzr_session_land;
  session->symbols.search_import = lzr_search_import;
  session->symbols.shows_names =
      session->options.owns_process && can_show_names(session->tpc);
}

static lzr_error *check_perf(const lzr_session *session) {
  if (!session->options.perf || !lzr_tpc_facts(session->tpc)->dispatch_function)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "LLVM's executor writes no files for perf; "
                          "lazyrun-executor does");
}

/* LLVM's executors cannot take back what a debugger has been shown; there, it
   is shown what is asked for only. */
static void connect_builder(lzr_session *session) {
  static const lzr_action_kind profiles[] = {
      [LZR_PERF_MAP] = LZR_ACTION_PERF_MAP,
      [LZR_PERF_JITDUMP] = LZR_ACTION_JITDUMP};
  session->builder.tpc = session->tpc;
  session->builder.shows_names =
      !lzr_tpc_facts(session->tpc)->dispatch_function;
  session->builder.profile = profiles[session->options.perf];
  session->builder.dump_directory = session->options.dump_directory;
  session->builder.disassemble = disassemble;
  session->builder.disassemble_data = session;
  if (session->options.on_compiled)
    session->builder.tell_compiled = lzr_session_tell_compiled;
  session->builder.tell_data = session;
}

static lzr_error *find_compiler(void *data, lzr_compiler **compiler) {
  return lzr_session_find_compiler(data, compiler);
}

static lzr_error *create_platform(lzr_session *session) {
  struct lzr_platform *platform = &session->platform;
  platform->builder = &session->builder;
  platform->symbols = &session->symbols;
  platform->tpc = session->tpc;
  platform->arch = session->arch;
  platform->find_compiler = find_compiler;
  platform->data = session;
  platform->main = lzr_session_main_library(session);
  platform->owns_process = session->options.owns_process;
  lzr_error *error = lzr_platform_init(platform);
  if (!error && platform->tls_descriptor)
    session->builder.tls_descriptor =
        platform->tls_descriptor->address[LZR_PROT_CODE];
  return error;
}

static lzr_error *create_main_library(lzr_session *session) {
  lzr_library *library;
  lzr_error *error = lzr_session_create_library(session, "main", &library);
  if (!error && !session->options.no_process_symbols)
    error = lzr_library_search_process(library);
  return error;
}

static void pause_jobs(void *data) {
  lzr_workers_pause(&((lzr_session *)data)->builder.workers);
}

static void resume_jobs(void *data) {
  lzr_workers_resume(&((lzr_session *)data)->builder.workers);
}

static lzr_error *watch_forks(lzr_session *session) {
  lzr_tpc_on_fork(session->tpc, pause_jobs, resume_jobs, session);
  session->fork_watch = (struct lzr_fork_watch){
      .workers = &session->builder.workers,
      .locks = {&session->compiler_lock, &session->symbols.lock}};
  return lzr_fork_watch_add(&session->fork_watch);
}

/* The steps, in the order in which lzr_session_destroy undoes them. */
static lzr_error *set_up(lzr_session *session,
                         const struct lzr_session_options *options) {
  lzr_error *error = take_options(session, options);
  if (!error)
    error = reach_target(session);
  if (!error)
    error = check_perf(session);
  if (!error)
    error = lzr_session_prepare_compiler(session);
  if (!error) {
    connect_symbols(session);
    connect_builder(session);
    error = lzr_builder_init(&session->builder, &session->symbols,
                             session->options.compile_threads);
  }
  if (!error)
    error = create_main_library(session);
  if (!error)
    error = create_platform(session);
  if (!error)
    error = watch_forks(session);
  return error;
}

lzr_error *lzr_session_create(lzr_tpc *tpc,
                              const struct lzr_session_options *options,
                              lzr_session **session) {
  *session = NULL;
  lzr_session *made = calloc(1, sizeof *made);
  if (!made) {
    lzr_tpc_close(tpc);
    return lzr_out_of_memory();
  }
  lzr_trace_init();
  made->tpc = tpc;
  lzr_symbols_init(&made->symbols);
  pthread_mutex_init(&made->compiler_lock, NULL);
  lzr_error *error = set_up(made, options);
  if (error) {
    lzr_session_destroy(made);
    return error;
  }
  *session = made;
  return NULL;
}

/* Gives back what is in the target before what describes it here. */
void lzr_session_destroy(lzr_session *session) {
  if (!session)
    return;
  lzr_platform_finalize(&session->platform);
  lzr_fork_watch_remove(&session->fork_watch);
  lzr_builder_fini(&session->builder);
  lzr_indirection_destroy(session->indirection);
  lzr_platform_fini(&session->platform);
  lzr_tpc_close(session->tpc);
  lzr_symbols_fini(&session->symbols);
  lzr_compiler_destroy(session->compiler);
  pthread_mutex_destroy(&session->compiler_lock);
  lzr_error_destroy(session->failure);
  free(session);
}

lzr_error *lzr_session_take_failure(lzr_session *session) {
  lzr_symbols_lock(&session->symbols);
  lzr_error *failure = session->failure;
  session->failure = NULL;
  lzr_symbols_unlock(&session->symbols);
  return failure ? failure : lzr_tpc_take_failure(session->tpc);
}

/* Crashes inside LLVM. */

void lzr_set_crash_handler(lzr_addr handler) {
  static const struct lzr_crash_hooks hooks = {lzr_tpc_own_crashes,
                                               lzr_tpc_hold_crashes};
  lzr_compiler_set_crash_handler(handler, &hooks);
}

bool lzr_leave_llvm(const char *reason) {
  return lzr_compiler_leave(reason);
}
