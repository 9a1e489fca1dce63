/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Makes LLVM's target machines from triples. LLVM's code for an architecture is
 * registered when it is needed for the first time.
 */
#ifndef LZR_UNIT_TARGET_H
#define LZR_UNIT_TARGET_H

#include <llvm-c/TargetMachine.h>

#include "tpc/base/error.h"

/* Makes a machine for position-independent code of the small code model. level
   is 0 to 3; cpu and features may be "". *machine is owned
   (LLVMDisposeTargetMachine()). Thread-safe. */
lzr_error *lzr_target_create_machine(const char *triple, const char *cpu,
                                     const char *features, int level,
                                     LLVMTargetMachineRef *machine);

/* The data layout that code for triple must have. *layout is owned
   (LLVMDisposeMessage()). Thread-safe. */
lzr_error *lzr_target_data_layout(const char *triple, char **layout);

#endif
