/*
 * LLVM's targets: registered when they are first wanted, machines made from
 * triples.
 */
#ifndef LZR_UNIT_TARGET_H
#define LZR_UNIT_TARGET_H

#include <llvm-c/TargetMachine.h>

#include "tpc/error.h"

/* level is 0 to 3; cpu and features may be "". *machine is owned
   (LLVMDisposeTargetMachine). Position-independent code, small code model. */
lzr_error *lzr_target_create_machine(const char *triple, const char *cpu,
                                     const char *features, int level,
                                     LLVMTargetMachineRef *machine);

/* The data layout that code for triple must have. *layout is owned
   (LLVMDisposeMessage). */
lzr_error *lzr_target_data_layout(const char *triple, char **layout);

#endif
