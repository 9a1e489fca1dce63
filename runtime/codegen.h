/*
 * The seam behind which LLVM generates code: a module in, an ELF object out.
 * A generator belongs to one thread at a time.
 */
#ifndef LZR_CODEGEN_H
#define LZR_CODEGEN_H

#include <llvm-c/Types.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"

typedef struct lzr_codegen lzr_codegen;

struct lzr_codegen_options {
  size_t size; /* of this struct */
  const char *triple;
  const char *cpu;      /* "" for the architecture's generic one */
  const char *features; /* "" for none */
  int level;            /* 0 to 3, as -O */
};

/* *codegen is owned. */
lzr_error *lzr_codegen_create(const struct lzr_codegen_options *options,
                              lzr_codegen **codegen);
void lzr_codegen_destroy(lzr_codegen *codegen);

/*
 * Compiles unit (borrowed, but changed) into an ELF object; *object is owned
 * (LLVMDisposeMemoryBuffer). What LLVM reports as an error while at it becomes
 * the error's sentence, of kind COMPILE; also what LLVM considers fatal. In
 * that case what LLVM held is leaked, and unit can only be disposed of.
 */
lzr_error *lzr_codegen_compile(lzr_codegen *codegen, LLVMModuleRef unit,
                               LLVMMemoryBufferRef *object);

/* Machine code as text, an instruction a line after its address; bytes that are
   none are listed as data. address is where bytes[0] runs. *text is owned, from
   malloc. */
lzr_error *lzr_codegen_disassemble(lzr_codegen *codegen, const uint8_t *bytes,
                                   size_t size, uint64_t address, char **text);

/* What this process runs on, as options name it: to be used when the target is
   this process. Both are owned, from malloc. Any thread. */
lzr_error *lzr_codegen_host_cpu(char **cpu, char **features);

#endif
