/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/compiler.h"

#include <signal.h>

#include "runtime/session/cpu.h"

/* Whether the baseline generator makes what it can. */
static lzr_error *choose_generator(const lzr_session *session, bool *baseline) {
  const struct lzr_session_options *options = &session->options;
  *baseline = false;
  if (options->code_generator == LZR_CODEGEN_LLVM)
    return NULL;
  const char *why = !lzr_compiler_has_baseline(session->arch)
                        ? "it does not know the target's architecture"
                    : options->optimization ? "it does not optimize"
                    : options->debug_info   ? "it makes no debug information"
                    : options->passes || options->transform
                        ? "it does not take what passes have changed"
                        : NULL;
  *baseline = !why;
  if (!why || options->code_generator != LZR_CODEGEN_BASELINE)
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "the baseline generator cannot be used: %s", why);
}

/* In instructions. */
static uint32_t inline_budget(const struct lzr_session_options *options) {
  enum { USUAL = 1000 };
  return options->inline_budget == LZR_INLINE_NOTHING ? 0
         : options->inline_budget ? (uint32_t)options->inline_budget
                                  : USUAL;
}

static lzr_error *create(lzr_session *session, lzr_compiler **compiler) {
  const struct lzr_session_options *options = &session->options;
  struct lzr_compiler_options wanted = {
      .arch = session->arch,
      .triple = lzr_tpc_facts(session->tpc)->triple,
      .level = options->optimization,
      .unchecked = options->no_verify,
      .debug_info = options->debug_info,
      .local_names = options->dump_directory != NULL,
      .passes = options->passes,
      .inline_budget = inline_budget(options),
      .transform = options->transform,
      .transform_data = options->data,
      .thread_count = options->compile_threads,
      .lock = &session->compiler_lock,
      .ran = lzr_platform_precede_exit,
      .data = &session->platform};
  lzr_error *error = choose_generator(session, &wanted.baseline);
  if (!error)
    error = lzr_session_choose_cpu(session, &wanted);
  return error ? error : lzr_compiler_create(&wanted, compiler);
}

/* Signals are blocked, because a handler might wait for a compile thread that
   needs the compiler too. */
lzr_error *lzr_session_find_compiler(lzr_session *session,
                                     lzr_compiler **compiler) {
  lzr_error *error = NULL;
  sigset_t all, signals;
  *compiler = atomic_load(&session->compiler);
  if (*compiler)
    return NULL;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &signals);
  pthread_mutex_lock(&session->compiler_lock);
  *compiler = atomic_load(&session->compiler);
  if (!*compiler)
    error = create(session, compiler);
  if (!error)
    atomic_store(&session->compiler, *compiler);
  pthread_mutex_unlock(&session->compiler_lock);
  pthread_sigmask(SIG_SETMASK, &signals, NULL);
  return error;
}

lzr_error *lzr_session_prepare_compiler(lzr_session *session) {
  const struct lzr_session_options *options = &session->options;
  lzr_compiler *compiler;
  if (!options->passes && options->code_generator != LZR_CODEGEN_BASELINE)
    return NULL;
  return lzr_session_find_compiler(session, &compiler);
}
