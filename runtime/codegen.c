#include "runtime/codegen.h"

#include <inttypes.h>
#include <llvm-c/Core.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/TargetMachine.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/unit/guard.h"
#include "runtime/unit/target.h"
#include "stubs/arch.h"

struct lzr_codegen {
  char *triple, *cpu, *features; /* owned */
  int level;
  LLVMTargetMachineRef machine; /* owned; NULL after LLVM was left by force: the
                                   next compilation makes another */
};

static lzr_error *out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "no memory for code generation");
}

static lzr_error *create_machine(lzr_codegen *codegen) {
  return lzr_target_create_machine(codegen->triple, codegen->cpu,
                                   codegen->features, codegen->level,
                                   &codegen->machine);
}

static lzr_error *check_options(const struct lzr_codegen_options *options) {
  if (options->size != sizeof *options)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "code generation options of %zu bytes, not %zu",
                            options->size, sizeof *options);
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
    return out_of_memory();
  codegen->triple = copy_or_empty(options->triple);
  codegen->cpu = copy_or_empty(options->cpu);
  codegen->features = copy_or_empty(options->features);
  codegen->level = options->level;
  if (!codegen->triple || !codegen->cpu || !codegen->features)
    error = out_of_memory();
  else
    error = create_machine(codegen);
  if (error) {
    lzr_codegen_destroy(codegen);
    return error;
  }
  *codegen_out = codegen;
  return NULL;
}

void lzr_codegen_destroy(lzr_codegen *codegen) {
  if (!codegen)
    return;
  if (codegen->machine)
    LLVMDisposeTargetMachine(codegen->machine);
  free(codegen->triple);
  free(codegen->cpu);
  free(codegen->features);
  free(codegen);
}

struct compilation {
  LLVMTargetMachineRef machine;
  LLVMModuleRef unit;
  LLVMMemoryBufferRef object;
};

static lzr_error *emit(void *data) {
  struct compilation *compilation = data;
  char *message = NULL;
  if (!LLVMTargetMachineEmitToMemoryBuffer(compilation->machine,
                                           compilation->unit, LLVMObjectFile,
                                           &message, &compilation->object))
    return NULL;
  lzr_error *error = lzr_guard_error(LZR_ERROR_COMPILE, message);
  LLVMDisposeMessage(message);
  return error;
}

lzr_error *lzr_codegen_compile(lzr_codegen *codegen, LLVMModuleRef unit,
                               LLVMMemoryBufferRef *object) {
  lzr_error *error = codegen->machine ? NULL : create_machine(codegen);
  if (error)
    return error;
  struct compilation compilation = {codegen->machine, unit, NULL};
  bool fatal = false;
  error = lzr_guard_run(LLVMGetModuleContext(unit), LZR_ERROR_COMPILE, emit,
                        &compilation, &fatal);
  if (fatal)
    codegen->machine = NULL; /* lost: the abandoned passes still refer to it */
  if (error && compilation.object)
    LLVMDisposeMemoryBuffer(compilation.object);
  else if (!error)
    *object = compilation.object;
  return error;
}

/* Bytes that are no instruction are listed as data: as many at a time as an
   instruction has at least. */
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
    /* LLVM takes a pointer to non-const bytes, and only reads them. */
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

lzr_error *lzr_codegen_disassemble(lzr_codegen *codegen, const uint8_t *bytes,
                                   size_t size, uint64_t address, char **text) {
  LLVMDisasmContextRef disassembler = LLVMCreateDisasmCPUFeatures(
      codegen->triple, codegen->cpu, codegen->features, NULL, 0, NULL, NULL);
  if (!disassembler)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED, "no disassembler for '%s'",
                            codegen->triple);
  LLVMSetDisasmOptions(disassembler, LLVMDisassembler_Option_PrintImmHex);
  char *buffer = NULL;
  size_t length;
  FILE *out = open_memstream(&buffer, &length);
  if (out)
    print_instructions(codegen, disassembler, bytes, size, address, out);
  LLVMDisasmDispose(disassembler);
  if (!out || fclose(out)) {
    free(buffer);
    return out_of_memory();
  }
  *text = buffer;
  return NULL;
}

static lzr_error *take_message(char *message, char **copy) {
  *copy = strdup(message);
  LLVMDisposeMessage(message);
  return *copy ? NULL : out_of_memory();
}

lzr_error *lzr_codegen_host_cpu(char **cpu, char **features) {
  lzr_error *error = take_message(LLVMGetHostCPUName(), cpu);
  if (error)
    return error;
  error = take_message(LLVMGetHostCPUFeatures(), features);
  if (error)
    free(*cpu);
  return error;
}
