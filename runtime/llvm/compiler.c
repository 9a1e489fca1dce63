/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/compiler.h"

#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/baseline/baseline.h"
#include "runtime/llvm/compiler_private.h"
#include "runtime/llvm/guard.h"
#include "tpc/base/memory.h"

static lzr_error *check_passes(lzr_compiler *compiler) {
  lzr_codegen *codegen;
  const char *passes = compiler->options.passes;
  lzr_error *error =
      passes ? lzr_compiler_find_codegen(compiler, 0, &codegen) : NULL;
  return error || !passes ? error : lzr_codegen_check_pipeline(codegen, passes);
}

lzr_error *lzr_compiler_create(const struct lzr_compiler_options *options,
                               lzr_compiler **compiler) {
  lzr_compiler *made = calloc(1, sizeof *made);
  lzr_codegen **codegens = calloc(options->thread_count, sizeof *codegens);
  struct lzr_recent_list *used = calloc(options->thread_count, sizeof *used);
  if (!made || !codegens || !used) {
    free(made);
    free(codegens);
    free(used);
    return lzr_out_of_memory();
  }
  made->options = *options;
  made->codegens = codegens;
  made->used = used;
  lzr_fallbacks_init(&made->fallbacks);
  lzr_error *error = check_passes(made);
  if (error)
    lzr_compiler_destroy(made);
  else
    *compiler = made;
  return error;
}

void lzr_compiler_destroy(lzr_compiler *compiler) {
  if (!compiler)
    return;
  for (unsigned i = 0; i < compiler->options.thread_count; i++)
    lzr_codegen_destroy(compiler->codegens[i]);
  free(compiler->used);
  free(compiler->codegens);
  lzr_fallbacks_fini(&compiler->fallbacks);
  free(compiler);
}

void lzr_compiler_lock(lzr_compiler *compiler, sigset_t *signals) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, signals);
  pthread_mutex_lock(compiler->options.lock);
}

void lzr_compiler_unlock(lzr_compiler *compiler, const sigset_t *signals) {
  pthread_mutex_unlock(compiler->options.lock);
  pthread_sigmask(SIG_SETMASK, signals, NULL);
}

lzr_error *lzr_compiler_find_codegen(lzr_compiler *compiler, unsigned thread,
                                     lzr_codegen **codegen) {
  const struct lzr_compiler_options *options = &compiler->options;
  struct lzr_codegen_options wanted = {options->triple, options->cpu,
                                       options->features, options->level};
  lzr_error *error = NULL;
  if (!compiler->codegens[thread])
    error = lzr_codegen_create(&wanted, &compiler->codegens[thread]);
  *codegen = compiler->codegens[thread];
  return error;
}

bool lzr_compiler_has_baseline(const struct lzr_arch *arch) {
  return lzr_baseline_knows(arch);
}

uint64_t lzr_compiler_count_baseline(lzr_compiler *compiler) {
  return lzr_fallbacks_made(&compiler->fallbacks);
}

lzr_error *lzr_compiler_list_fallbacks(lzr_compiler *compiler,
                                       struct lzr_fallback **list,
                                       size_t *count) {
  return lzr_fallbacks_list(&compiler->fallbacks, list, count);
}

lzr_error *lzr_compiler_disassemble(lzr_compiler *compiler, unsigned thread,
                                    const uint8_t *bytes, size_t size,
                                    uint64_t address, char **text) {
  lzr_codegen *codegen;
  lzr_error *error = lzr_compiler_find_codegen(compiler, thread, &codegen);
  return error ? error
               : lzr_codegen_disassemble(codegen, bytes, size, address, text);
}

lzr_error *lzr_compiler_host_cpu(char **cpu, char **features) {
  return lzr_codegen_host_cpu(cpu, features);
}

void lzr_compiler_set_crash_handler(lzr_addr handler,
                                    const struct lzr_crash_hooks *hooks) {
  lzr_guard_set_crash_handler(handler, hooks);
}

bool lzr_compiler_leave(const char *reason) {
  return lzr_guard_leave(reason);
}

void lzr_compiler_version(char text[LZR_LLVM_VERSION_SIZE]) {
  unsigned major, minor, patch;
  LLVMGetVersion(&major, &minor, &patch);
  snprintf(text, LZR_LLVM_VERSION_SIZE, "%u.%u.%u", major, minor, patch);
}
