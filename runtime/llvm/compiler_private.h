/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inside of compiler.c's struct, for bitcode_module.c, which may use LLVM's
 * types.
 */
#ifndef LZR_LLVM_COMPILER_PRIVATE_H
#define LZR_LLVM_COMPILER_PRIVATE_H

#include <pthread.h>
#include <signal.h>

#include "runtime/llvm/codegen.h"
#include "runtime/llvm/compiler.h"
#include "runtime/llvm/fallbacks.h"
#include "runtime/llvm/recent.h"

struct lzr_compiler {
  struct lzr_compiler_options options;
  lzr_codegen **codegens; /* owned; by compile thread, NULL until needed */
  /* Copies of small modules: those that a thread has used, by compile thread,
     each only for that thread; and those that no thread has taken yet, which
     options.lock guards. */
  struct lzr_recent_list *used; /* owned */
  struct lzr_recent_list unused;
  struct lzr_fallbacks fallbacks;
};

/* Take and release the lock; signals are blocked meanwhile, because a handler
   might wait for a compile thread that needs the lock. */
void lzr_compiler_lock(lzr_compiler *compiler, sigset_t *signals);
void lzr_compiler_unlock(lzr_compiler *compiler, const sigset_t *signals);

/* Finds the thread's code generator, or makes it; borrowed. */
lzr_error *lzr_compiler_find_codegen(lzr_compiler *compiler, unsigned thread,
                                     lzr_codegen **codegen);

#endif
