/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What changes a unit before code is generated of it: a client's function, then
 * LLVM's passes.
 */
#ifndef LZR_LLVM_PASSES_H
#define LZR_LLVM_PASSES_H

#include <llvm-c/TargetMachine.h>
#include <llvm-c/Types.h>
#include <stdbool.h>

#include "tpc/base/error.h"

/* All zero changes nothing. Strings are borrowed. */
struct lzr_passes {
  const char *pipeline; /* as opt -passes takes it; or NULL */
  bool verify;          /* check what transform has made */
  /* The client's, or NULL, and its data. */
  lzr_error *(*transform)(void *data, LLVMModuleRef unit);
  void *data;
};

/* Whether there is anything to run. */
bool lzr_passes_any(const struct lzr_passes *passes);

/*
 * Runs them on unit. Fails with COMPILE if the unit does not make sense
 * afterwards, or does not define what it defined before. The caller is in a
 * guard of the unit's context.
 */
lzr_error *lzr_passes_run(const struct lzr_passes *passes, LLVMModuleRef unit,
                          LLVMTargetMachineRef machine);

/* Refuses a pipeline that LLVM does not understand, by LLVM's sentence, with
   kind ARGUMENT; and any, with UNSUPPORTED, if the LLVM in use has no passes.
   The caller is in a guard. */
lzr_error *lzr_passes_check(const char *pipeline, LLVMTargetMachineRef machine);

#endif
