/*
 * Everything else that can be a module, made into bitcode.
 */
#include <llvm-c/Analysis.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/unit/guard.h"
#include "runtime/unit/llvm_compat.h"
#include "runtime/unit/source.h"

static bool is_bitcode(const char *bytes, size_t size) {
  return size >= 4 && (memcmp(bytes, "BC\xc0\xde", 4) == 0 ||
                       memcmp(bytes, "\xde\xc0\x17\x0b", 4) == 0);
}

static lzr_error *copy_bytes(const char *bytes, size_t size, char **copy,
                             size_t *copy_size) {
  *copy = malloc(size ? size : 1);
  if (!*copy)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "no memory for %zu bytes of "
                            "bitcode",
                            size);
  memcpy(*copy, bytes, size);
  *copy_size = size;
  return NULL;
}

struct parsing {
  const char *name;
  LLVMContextRef context;
  LLVMMemoryBufferRef buffer;
  LLVMModuleRef module;
};

/* Also checks it: text is written by people. LLVM's sentence on what it cannot
   parse has the file's name and a line. */
static lzr_error *parse(void *data) {
  struct parsing *parsing = data;
  char *message = NULL;
  lzr_error *error = NULL;
  if (lzr_llvm_parse_text(parsing->context, parsing->buffer, parsing->name,
                          &parsing->module, &message))
    error = lzr_error_create(LZR_ERROR_FORMAT, "%s", message);
  else if (LLVMVerifyModule(parsing->module, LLVMReturnStatusAction, &message))
    error = lzr_error_wrap(lzr_guard_error(LZR_ERROR_FORMAT, message), "%s",
                           parsing->name);
  LLVMDisposeMessage(message);
  return error;
}

lzr_error *lzr_bitcode_from_bytes(const char *name, const char *bytes,
                                  size_t size, char **bitcode,
                                  size_t *bitcode_size) {
  if (is_bitcode(bytes, size))
    return copy_bytes(bytes, size, bitcode, bitcode_size);
  struct parsing parsing = {
      .name = name,
      .context = LLVMContextCreate(),
      .buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, size, name)};
  bool abandoned = false;
  lzr_error *error = lzr_guard_run(parsing.context, LZR_ERROR_FORMAT, parse,
                                   &parsing, &abandoned);
  if (abandoned)
    return error;
  LLVMDisposeMemoryBuffer(parsing.buffer);
  if (!error)
    error = lzr_bitcode_from_module(parsing.module, bitcode, bitcode_size);
  else if (parsing.module)
    LLVMDisposeModule(parsing.module);
  LLVMContextDispose(parsing.context);
  return error;
}

lzr_error *lzr_bitcode_from_module(LLVMModuleRef module, char **bitcode,
                                   size_t *bitcode_size) {
  LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(module);
  LLVMDisposeModule(module);
  lzr_error *error =
      copy_bytes(LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), bitcode,
                 bitcode_size);
  LLVMDisposeMemoryBuffer(buffer);
  return error;
}
