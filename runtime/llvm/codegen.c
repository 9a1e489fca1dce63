/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/codegen.h"

#include <inttypes.h>
#include <llvm-c/Core.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/TargetMachine.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/guard.h"
#include "runtime/llvm/passes.h"
#include "runtime/llvm/target.h"
#include "stubs/arch.h"
#include "tpc/base/memory.h"

struct lzr_codegen {
  char *triple, *cpu, *features; /* owned */
  int level;
  LLVMTargetMachineRef machine; /* owned; NULL after a fatal error: the next
                                   compilation makes another */
};

/* In a guard. */
static lzr_error *create_machine(void *data) {
  lzr_codegen *codegen = data;
  return lzr_target_create_machine(codegen->triple, codegen->cpu,
                                   codegen->features, codegen->level,
                                   &codegen->machine);
}

static lzr_error *check_options(const struct lzr_codegen_options *options) {
  if (options->level < 0 || options->level > 3)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "optimization level %d is not in 0 to 3",
                            options->level);
  return NULL;
}

static char *copy_or_empty(const char *string) {
  return strdup(string ? string : "");
}

lzr_error *lzr_codegen_create(const struct lzr_codegen_options *options,
                              lzr_codegen **codegen_out) {
  lzr_error *error = check_options(options);
  if (error)
    return error;
  lzr_codegen *codegen = calloc(1, sizeof *codegen);
  if (!codegen)
    return lzr_out_of_memory();
  codegen->triple = copy_or_empty(options->triple);
  codegen->cpu = copy_or_empty(options->cpu);
  codegen->features = copy_or_empty(options->features);
  codegen->level = options->level;
  bool fatal;
  if (!codegen->triple || !codegen->cpu || !codegen->features)
    error = lzr_out_of_memory();
  else
    error =
        lzr_guard_run(NULL, LZR_ERROR_COMPILE, create_machine, codegen, &fatal);
  if (error) {
    lzr_codegen_destroy(codegen);
    return error;
  }
  *codegen_out = codegen;
  return NULL;
}

static void dispose_machine(void *machine) {
  LLVMDisposeTargetMachine(machine);
}

void lzr_codegen_destroy(lzr_codegen *codegen) {
  if (!codegen)
    return;
  if (codegen->machine)
    lzr_guard_dispose(dispose_machine, codegen->machine);
  free(codegen->triple);
  free(codegen->cpu);
  free(codegen->features);
  free(codegen);
}

struct compilation {
  lzr_codegen *codegen;
  const struct lzr_passes *passes;
  LLVMModuleRef unit;
  LLVMMemoryBufferRef object;
};

/* Runs a step of a compilation in a guard. */
static lzr_error *take_step(struct compilation *compilation,
                            lzr_error *(*step)(void *data), bool *fatal) {
  bool left = false;
  lzr_error *error = lzr_guard_run(LLVMGetModuleContext(compilation->unit),
                                   LZR_ERROR_COMPILE, step, compilation, &left);
  if (left) {
    compilation->codegen->machine =
        NULL; /* leaked: the abandoned passes still refer to it */
    *fatal = true;
  }
  return error;
}

static lzr_error *run_passes(void *data) {
  struct compilation *compilation = data;
  lzr_codegen *codegen = compilation->codegen;
  lzr_error *error = codegen->machine ? NULL : create_machine(codegen);
  return error ? error
               : lzr_passes_run(compilation->passes, compilation->unit,
                                codegen->machine);
}

lzr_error *lzr_codegen_run_passes(lzr_codegen *codegen,
                                  const struct lzr_passes *passes,
                                  LLVMModuleRef unit, bool *fatal) {
  struct compilation compilation = {
      .codegen = codegen, .passes = passes, .unit = unit};
  return take_step(&compilation, run_passes, fatal);
}

static lzr_error *emit(void *data) {
  struct compilation *compilation = data;
  lzr_codegen *codegen = compilation->codegen;
  char *message = NULL;
  lzr_error *error = codegen->machine ? NULL : create_machine(codegen);
  if (error)
    return error;
  if (!LLVMTargetMachineEmitToMemoryBuffer(codegen->machine, compilation->unit,
                                           LLVMObjectFile, &message,
                                           &compilation->object))
    return compilation->object ? NULL : lzr_out_of_memory();
  error = lzr_guard_error(LZR_ERROR_COMPILE, message);
  LLVMDisposeMessage(message);
  return error;
}

struct pipeline_check {
  lzr_codegen *codegen;
  const char *pipeline;
};

static lzr_error *check_pipeline(void *data) {
  const struct pipeline_check *check = data;
  lzr_codegen *codegen = check->codegen;
  lzr_error *error = codegen->machine ? NULL : create_machine(codegen);
  return error ? error : lzr_passes_check(check->pipeline, codegen->machine);
}

lzr_error *lzr_codegen_check_pipeline(lzr_codegen *codegen,
                                      const char *pipeline) {
  struct pipeline_check check = {codegen, pipeline};
  bool fatal = false;
  lzr_error *error =
      lzr_guard_run(NULL, LZR_ERROR_ARGUMENT, check_pipeline, &check, &fatal);
  if (fatal)
    codegen->machine = NULL; /* leaked */
  return error;
}

lzr_error *lzr_codegen_compile(lzr_codegen *codegen, LLVMModuleRef unit,
                               LLVMMemoryBufferRef *object, bool *fatal) {
  struct compilation compilation = {.codegen = codegen, .unit = unit};
  lzr_error *error = take_step(&compilation, emit, fatal);
  if (error && compilation.object)
    LLVMDisposeMemoryBuffer(compilation.object);
  else if (!error)
    *object = compilation.object;
  return error;
}

/* How many bytes to list as data where no instruction is found: as many as the
   shortest instruction has. */
static size_t undecodable_size(const lzr_codegen *codegen, size_t left) {
  const struct lzr_arch *arch = lzr_arch_for_triple(codegen->triple);
  size_t least = arch ? arch->least_instruction : 1;
  return left < least ? 1 : least;
}

static void print_bytes(FILE *out, const uint8_t *bytes, size_t size) {
  fputs("\t.byte", out);
  for (size_t i = 0; i < size; i++)
    fprintf(out, "%s0x%02x", i ? ", " : " ", bytes[i]);
}

static void print_instructions(const lzr_codegen *codegen,
                               LLVMDisasmContextRef disassembler,
                               const uint8_t *bytes, size_t size,
                               uint64_t address, FILE *out) {
  for (size_t at = 0; at < size;) {
    char line[256];
    fprintf(out, "%16" PRIx64 ":", address + at);
    /* LLVM's parameter is not const, but LLVM only reads the bytes. */
    size_t length =
        LLVMDisasmInstruction(disassembler, (uint8_t *)bytes + at, size - at,
                              address + at, line, sizeof line);
    if (length) {
      fputs(line, out);
    } else {
      length = undecodable_size(codegen, size - at);
      print_bytes(out, bytes + at, length);
    }
    fputc('\n', out);
    at += length;
  }
}

struct disassembly {
  const lzr_codegen *codegen;
  const uint8_t *bytes;
  size_t size;
  uint64_t address;
  FILE *out;
};

static lzr_error *list(void *data) {
  const struct disassembly *disassembly = data;
  const lzr_codegen *codegen = disassembly->codegen;
  LLVMDisasmContextRef disassembler = LLVMCreateDisasmCPUFeatures(
      codegen->triple, codegen->cpu, codegen->features, NULL, 0, NULL, NULL);
  if (!disassembler)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED, "no disassembler for '%s'",
                            codegen->triple);
  LLVMSetDisasmOptions(disassembler, LLVMDisassembler_Option_PrintImmHex);
  print_instructions(codegen, disassembler, disassembly->bytes,
                     disassembly->size, disassembly->address, disassembly->out);
  LLVMDisasmDispose(disassembler);
  return NULL;
}

lzr_error *lzr_codegen_disassemble(lzr_codegen *codegen, const uint8_t *bytes,
                                   size_t size, uint64_t address, char **text) {
  size_t length;
  bool fatal;
  *text = NULL;
  FILE *out = open_memstream(text, &length);
  if (!out)
    return lzr_out_of_memory();
  struct disassembly disassembly = {codegen, bytes, size, address, out};
  lzr_error *error =
      lzr_guard_run(NULL, LZR_ERROR_COMPILE, list, &disassembly, &fatal);
  bool written = !ferror(out);
  if ((fclose(out) != 0 || !written) && !error)
    error = lzr_out_of_memory();
  if (error)
    free(*text);
  return error;
}

struct host {
  char *cpu, *features; /* LLVM's messages */
};

static lzr_error *ask_host(void *data) {
  struct host *host = data;
  host->cpu = LLVMGetHostCPUName();
  host->features = LLVMGetHostCPUFeatures();
  return NULL;
}

lzr_error *lzr_codegen_host_cpu(char **cpu, char **features) {
  struct host host = {NULL, NULL};
  bool fatal;
  lzr_error *error =
      lzr_guard_run(NULL, LZR_ERROR_COMPILE, ask_host, &host, &fatal);
  *cpu = host.cpu ? strdup(host.cpu) : NULL;
  *features = host.features ? strdup(host.features) : NULL;
  LLVMDisposeMessage(host.cpu);
  LLVMDisposeMessage(host.features);
  if (!error && (!*cpu || !*features))
    error = lzr_out_of_memory();
  if (error) {
    free(*cpu);
    free(*features);
  }
  return error;
}
