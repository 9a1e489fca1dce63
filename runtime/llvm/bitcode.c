/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Makes bitcode of IR text and of LLVM's own modules.
 */
#include <llvm-c/Analysis.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/bitcode.h"
#include "runtime/llvm/guard.h"
#include "runtime/llvm/llvm_compat.h"
#include "tpc/base/memory.h"
#include "tpc/base/text.h"

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

/* What happens to a module in LLVM. */
struct conversion {
  const char *name, *bytes;
  size_t size;
  LLVMContextRef context;   /* NULL if it is the client's */
  LLVMMemoryBufferRef text; /* or NULL */
  LLVMModuleRef module;
  bool unchecked;
  char **bitcode;
  size_t *bitcode_size;
};

static lzr_error *check_module(const char *name, LLVMModuleRef module) {
  char *message = NULL;
  lzr_error *error = NULL;
  if (LLVMVerifyModule(module, LLVMReturnStatusAction, &message))
    error =
        lzr_error_wrap(lzr_guard_error(LZR_ERROR_FORMAT, message), "%s", name);
  LLVMDisposeMessage(message);
  return error;
}

static lzr_error *write_bitcode(void *data) {
  const struct conversion *conversion = data;
  lzr_error *error = conversion->unchecked
                         ? NULL
                         : check_module(conversion->name, conversion->module);
  if (error)
    return error;
  LLVMMemoryBufferRef buffer =
      LLVMWriteBitcodeToMemoryBuffer(conversion->module);
  if (!buffer)
    return lzr_out_of_memory();
  error = copy_bytes(LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer),
                     conversion->bitcode, conversion->bitcode_size);
  LLVMDisposeMemoryBuffer(buffer);
  return error;
}

/* LLVM's sentence about text that it cannot parse has the file's name and a
   line, and that line below it. NULL is what LLVM returns without memory. */
static lzr_error *refuse_text(const char *message) {
  char line[1024];
  lzr_text_join_lines(message ? message : "out of memory", line, sizeof line);
  return lzr_error_create(LZR_ERROR_FORMAT, "%s", line);
}

static lzr_error *parse(void *data) {
  struct conversion *conversion = data;
  char *message = NULL;
  lzr_error *error = NULL;
  if (lzr_llvm_parse_text(conversion->context, conversion->text,
                          conversion->name, &conversion->module, &message))
    error = refuse_text(message);
  LLVMDisposeMessage(message);
  return error ? error : write_bitcode(conversion);
}

static lzr_error *prepare(void *data) {
  struct conversion *conversion = data;
  conversion->context = LLVMContextCreate();
  conversion->text = LLVMCreateMemoryBufferWithMemoryRangeCopy(
      conversion->bytes, conversion->size, conversion->name);
  return conversion->text ? NULL : lzr_out_of_memory();
}

static void dispose(void *data) {
  const struct conversion *conversion = data;
  if (conversion->text)
    LLVMDisposeMemoryBuffer(conversion->text);
  if (conversion->module)
    LLVMDisposeModule(conversion->module);
  if (conversion->context)
    LLVMContextDispose(conversion->context);
}

lzr_error *lzr_bitcode_from_bytes(const char *name, const char *bytes,
                                  size_t size, char **bitcode,
                                  size_t *bitcode_size) {
  if (is_bitcode(bytes, size))
    return copy_bytes(bytes, size, bitcode, bitcode_size);
  struct conversion conversion = {.name = name,
                                  .bytes = bytes,
                                  .size = size,
                                  .bitcode = bitcode,
                                  .bitcode_size = bitcode_size};
  bool abandoned = false;
  lzr_error *error =
      lzr_guard_run(NULL, LZR_ERROR_FORMAT, prepare, &conversion, &abandoned);
  if (!error)
    error = lzr_guard_run(conversion.context, LZR_ERROR_FORMAT, parse,
                          &conversion, &abandoned);
  if (abandoned)
    return lzr_error_wrap(error, "%s", name);
  lzr_guard_dispose(dispose, &conversion);
  return error;
}

lzr_error *lzr_bitcode_from_module(const char *name, LLVMModuleRef module,
                                   bool unchecked, char **bitcode,
                                   size_t *bitcode_size) {
  struct conversion conversion = {.name = name,
                                  .module = module,
                                  .unchecked = unchecked,
                                  .bitcode = bitcode,
                                  .bitcode_size = bitcode_size};
  bool abandoned = false;
  lzr_error *error =
      lzr_guard_run(LLVMGetModuleContext(module), LZR_ERROR_FORMAT,
                    write_bitcode, &conversion, &abandoned);
  if (abandoned)
    return lzr_error_wrap(error, "%s", name);
  lzr_guard_dispose(dispose, &conversion);
  return error;
}
