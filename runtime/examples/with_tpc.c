/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One client, two targets: the same compiled code runs in this process or in
 * another one, and only create_target() knows which.
 *
 *     cc with_tpc.c $(pkg-config --cflags --libs lazyrun) \
 *        $(llvm-config-22 --cflags --libs core) -o with_tpc
 *     ./with_tpc                        # in this process
 *     ./with_tpc --executor             # in a child, lazyrun-executor
 *     ./with_tpc --executor='qemu-aarch64 /somewhere/lazyrun-executor'
 */
#include <lazyrun/lazyrun.h>
#include <lazyrun/tpc/remote.h>
#include <llvm-c/Core.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The program: int tell_square(int x) { return tell(x * x); } */

static LLVMModuleRef build_module(LLVMContextRef context) {
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("square", context);
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  LLVMTypeRef type = LLVMFunctionType(i32, &i32, 1, 0);
  LLVMValueRef tell = LLVMAddFunction(module, "tell", type);
  LLVMValueRef function = LLVMAddFunction(module, "tell_square", type);
  LLVMPositionBuilderAtEnd(
      builder, LLVMAppendBasicBlockInContext(context, function, "entry"));
  LLVMValueRef x = LLVMGetParam(function, 0);
  LLVMValueRef square = LLVMBuildMul(builder, x, x, "square");
  LLVMBuildRet(builder, LLVMBuildCall2(builder, type, tell, &square, 1, ""));
  LLVMDisposeBuilder(builder);
  return module;
}

/* What the program calls. */

/* int tell(int): a C function like any other for the compiled code, but it runs
   here, wherever that code is. */
static lzr_error *tell(void *data, const lzr_value *arguments,
                       lzr_value *result) {
  (void)data;
  printf("tell(%d) runs in process %d\n", (int)arguments[0].i, (int)getpid());
  result->i = arguments[0].i;
  return NULL;
}

static const lzr_type int_parameter[] = {LZR_TYPE_I32};
static const struct lzr_signature int_of_int = {.result = LZR_TYPE_I32,
                                                .parameters = int_parameter,
                                                .parameter_count = 1,
                                                .fixed_count = 1};

/* When this returns, nothing has been compiled. */
static lzr_error *add_program(lzr_library *program) {
  LLVMContextRef context = LLVMContextCreate();
  lzr_error *error =
      lzr_library_add_llvm_module(program, "built", build_module(context));
  LLVMContextDispose(context);
  if (!error)
    error =
        lzr_library_define_function(program, "tell", &int_of_int, tell, NULL);
  return error;
}

/* Running it. */

/* executor is a shell command, or NULL for this process. */
static lzr_error *create_target(const char *executor, lzr_tpc **tpc) {
  struct lzr_remote_options options = {.size = sizeof options,
                                       .launch = executor};
  return executor ? lzr_tpc_create_remote(&options, tpc)
                  : lzr_tpc_create_self(tpc);
}

/* Asks the target, whose C library has getpid. */
static lzr_error *say_where(lzr_session *session) {
  const struct lzr_signature type = {.result = LZR_TYPE_I32};
  lzr_value id;
  lzr_error *error = lzr_session_call(session, "getpid", &type, NULL, &id);
  if (!error)
    printf("this is process %d, compiled code runs in %s (%d)\n", (int)getpid(),
           id.i == getpid() ? "this process" : "another process", (int)id.i);
  return error;
}

static unsigned count_compiled(lzr_session *session) {
  struct lzr_session_statistics statistics = {.size = sizeof statistics};
  lzr_session_get_statistics(session, &statistics);
  return (unsigned)statistics.functions_compiled;
}

/* A function has an address before it has code, so other functions and data may
   refer to it. The first call compiles it. */
static lzr_error *call_program(lzr_session *session, lzr_library *program) {
  const lzr_value twelve = {.i = 12};
  lzr_value result;
  lzr_addr address;
  lzr_error *error = lzr_library_lookup(program, "tell_square", &address);
  if (error)
    return error;
  printf("tell_square is at %#llx; functions compiled: %u\n",
         (unsigned long long)address, count_compiled(session));
  error =
      lzr_session_call(session, "tell_square", &int_of_int, &twelve, &result);
  if (!error)
    printf("tell_square(12) = %d; functions compiled: %u\n", (int)result.i,
           count_compiled(session));
  return error;
}

static lzr_error *run(const char *executor) {
  lzr_tpc *tpc;
  lzr_session *session;
  lzr_error *error = create_target(executor, &tpc);
  if (!error)
    error = lzr_session_create(tpc, NULL, &session); /* owns tpc from here on */
  if (error)
    return error;
  lzr_library *program = lzr_session_main_library(session);
  error = add_program(program);
  if (!error)
    error = say_where(session);
  if (!error)
    error = call_program(session, program);
  lzr_session_destroy(session);
  return error;
}

int main(int argc, char **argv) {
  static const char option[] = "--executor";
  const char *executor = NULL;
  if (argc == 2 && strcmp(argv[1], option) == 0)
    executor = "lazyrun-executor";
  else if (argc == 2 && strncmp(argv[1], "--executor=", sizeof option) == 0)
    executor = argv[1] + sizeof option;
  else if (argc > 1) {
    fprintf(stderr, "usage: with_tpc [--executor[=COMMAND]]\n");
    return 2;
  }
  lzr_error *error = run(executor);
  if (!error)
    return 0;
  fprintf(stderr, "with_tpc: %s\n", lzr_error_message(error));
  lzr_error_destroy(error);
  return 1;
}
