/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/read.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/llvm/guard.h"
#include "runtime/llvm/names.h"

/* The attribute of a body that makes no sense. */
static const char mark[] = "lazyrun-malformed";

static bool is_marked(LLVMValueRef function) {
  return LLVMGetStringAttributeAtIndex(
      function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, mark,
      sizeof mark - 1);
}

static void set_mark(LLVMValueRef function) {
  LLVMContextRef context = LLVMGetModuleContext(LLVMGetGlobalParent(function));
  LLVMAddAttributeAtIndex(
      function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
      LLVMCreateStringAttribute(context, mark, sizeof mark - 1, "", 0));
}

void lzr_reader_open(struct lzr_body_reader *reader, LLVMModuleRef module,
                     bool unchecked) {
  reader->passes = LLVMCreateFunctionPassManagerForModule(module);
  reader->unchecked = unchecked;
}

void lzr_reader_close(struct lzr_body_reader *reader) {
  if (reader->passes)
    LLVMDisposePassManager(reader->passes);
}

bool lzr_read_body(const struct lzr_body_reader *reader,
                   LLVMValueRef function) {
  if (LLVMGetFirstBasicBlock(function))
    return reader->unchecked || !is_marked(function);
  LLVMRunFunctionPassManager(reader->passes, function);
  if (reader->unchecked ||
      !LLVMVerifyFunction(function, LLVMReturnStatusAction))
    return true;
  set_mark(function);
  return false;
}

/* LLVM tells only of whole modules what is wrong with them. The first line of
   it is about the function, unless another one is as malformed. */
lzr_error *lzr_read_error(LLVMValueRef function) {
  char *message = NULL;
  LLVMVerifyModule(LLVMGetGlobalParent(function), LLVMReturnStatusAction,
                   &message);
  if (message)
    message[strcspn(message, "\n")] = '\0';
  lzr_error *error =
      lzr_error_wrap(lzr_guard_error(LZR_ERROR_FORMAT, message),
                     "the body of '%s'", lzr_linker_name(function));
  LLVMDisposeMessage(message);
  return error;
}
