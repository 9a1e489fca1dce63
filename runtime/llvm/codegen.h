/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Code generation by LLVM: turns a module into an ELF object. A generator
 * belongs to one thread at a time.
 */
#ifndef LZR_CODEGEN_H
#define LZR_CODEGEN_H

#include <llvm-c/Types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"

typedef struct lzr_codegen lzr_codegen;

struct lzr_codegen_options {
  const char *triple;
  const char *cpu;      /* "" for the architecture's generic one */
  const char *features; /* "" for none */
  int level;            /* 0 to 3, as -O */
};

/* *codegen is owned (lzr_codegen_destroy()); options are copied. */
lzr_error *lzr_codegen_create(const struct lzr_codegen_options *options,
                              lzr_codegen **codegen);
void lzr_codegen_destroy(lzr_codegen *codegen);

/*
 * Compiles unit (borrowed, but changed) into an ELF object; *object is owned
 * (LLVMDisposeMemoryBuffer). If LLVM reports errors meanwhile, this fails with
 * COMPILE and LLVM's text; so it does for errors that LLVM considers fatal.
 * After one of these *fatal is set: unit and its context must not be used any
 * more, nor disposed of. They are leaked, as the memory that LLVM was using.
 */
lzr_error *lzr_codegen_compile(lzr_codegen *codegen, LLVMModuleRef unit,
                               LLVMMemoryBufferRef *object, bool *fatal);

struct lzr_passes;

/* Changes unit as passes.h says, with the machine that it will be compiled for.
   Fails, and sets *fatal, as lzr_codegen_compile() does. */
lzr_error *lzr_codegen_run_passes(lzr_codegen *codegen,
                                  const struct lzr_passes *passes,
                                  LLVMModuleRef unit, bool *fatal);

/* Refuses a pipeline as lzr_passes_check() does. */
lzr_error *lzr_codegen_check_pipeline(lzr_codegen *codegen,
                                      const char *pipeline);

/* Disassembles machine code: one line for each instruction, which begins with
   its address; bytes that are no instruction are listed as data. address is
   where bytes[0] runs. *text is owned, from malloc. */
lzr_error *lzr_codegen_disassemble(lzr_codegen *codegen, const uint8_t *bytes,
                                   size_t size, uint64_t address, char **text);

/* The CPU and the features of this machine, as options name them, for a target
   that is this process. Both are owned, from malloc. Thread-safe. */
lzr_error *lzr_codegen_host_cpu(char **cpu, char **features);

#endif
