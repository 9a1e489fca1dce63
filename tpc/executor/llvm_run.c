/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Running the program. */
#include "tpc/executor/arguments.h"
#include "tpc/executor/llvm.h"
#include "tpc/executor/program.h"

/* i64(u64 main, seq of string) */
LZR_WRAPPER(lzr_llvm_run_as_main) {
  struct lzr_writer writer = {0};
  struct lzr_argv *argv = NULL;
  struct lzr_reader reader;
  lzr_addr function;
  lzr_error *error;
  int argc = 0;

  lzr_reader_init(&reader, arguments, size);
  function = lzr_unpack_u64(&reader);
  error = lzr_unpack_argv(&reader, &argc, &argv);
  if (error)
    return lzr_wrapper_failure(error);
  lzr_pack_u64(&writer,
               (uint64_t)(int64_t)lzr_program_call_main(function, argc, argv));
  return lzr_wrapper_packed(&writer);
}

/* i32(u64 function): int function(void) */
LZR_WRAPPER(lzr_llvm_run_as_void_function) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  lzr_addr function;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  function = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (error)
    return lzr_wrapper_failure(error);
  lzr_pack_u32(&writer, (uint32_t)((int (*)(void))(uintptr_t)function)());
  return lzr_wrapper_packed(&writer);
}

/* i32(u64 function, i32 argument): int function(int) */
LZR_WRAPPER(lzr_llvm_run_as_int_function) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  lzr_addr function;
  lzr_error *error;
  int argument;

  lzr_reader_init(&reader, arguments, size);
  function = lzr_unpack_u64(&reader);
  argument = (int)lzr_unpack_u32(&reader);
  error = lzr_wrapper_check(&reader);
  if (error)
    return lzr_wrapper_failure(error);
  lzr_pack_u32(&writer,
               (uint32_t)((int (*)(int))(uintptr_t)function)(argument));
  return lzr_wrapper_packed(&writer);
}
