/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The same with a module built by LLVM-C, as a compiler would:
 *
 *     cc embed_llvm.c $(pkg-config --cflags --libs lazyrun) \
 *        $(llvm-config-22 --cflags --libs core) -o embed_llvm && ./embed_llvm
 *
 * Also valid C++.
 */
#include <lazyrun/lazyrun.h>
#include <llvm-c/Core.h>
#include <stdio.h>

/* int sum(int a, int b) { return a + b; } */
static LLVMModuleRef build_module(LLVMContextRef context) {
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("sum", context);
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context), parameters[] = {i32, i32};
  LLVMValueRef sum =
      LLVMAddFunction(module, "sum", LLVMFunctionType(i32, parameters, 2, 0));
  LLVMPositionBuilderAtEnd(
      builder, LLVMAppendBasicBlockInContext(context, sum, "entry"));
  LLVMBuildRet(builder, LLVMBuildAdd(builder, LLVMGetParam(sum, 0),
                                     LLVMGetParam(sum, 1), "total"));
  LLVMDisposeBuilder(builder);
  return module;
}

static int fail(lzr_error *error) {
  fprintf(stderr, "embed_llvm: %s\n", lzr_error_message(error));
  lzr_error_destroy(error);
  return 1;
}

int main(void) {
  lzr_session *session;
  lzr_addr sum;

  lzr_error *error = lzr_session_create(NULL, NULL, &session);
  if (error)
    return fail(error);
  lzr_library *program = lzr_session_main_library(session);
  LLVMContextRef context = LLVMContextCreate();
  error = lzr_library_add_llvm_module(program, "built", build_module(context));
  LLVMContextDispose(context);
  if (!error)
    error = lzr_library_lookup(program, "sum", &sum);
  if (!error)
    printf("sum(2, 40) = %d\n", ((int (*)(int, int))(uintptr_t)sum)(2, 40));
  lzr_session_destroy(session);
  return error ? fail(error) : 0;
}
