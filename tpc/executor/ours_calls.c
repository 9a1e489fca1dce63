/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls into the program. */
#include <stdlib.h>

#include "tpc/executor/arguments.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/ours.h"
#include "tpc/executor/program.h"
#include "tpc/executor/signature.h"
#include "tpc/wire/result.h"

LZR_WRAPPER(lzr_ours_run_main) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  struct lzr_argv *argv = NULL;
  lzr_addr function;
  lzr_error *error;
  int argc = 0;
  int status;

  lzr_reader_init(&reader, arguments, size);
  function = lzr_unpack_u64(&reader);
  error = lzr_unpack_argv(&reader, &argc, &argv);
  if (error)
    return lzr_wrapper_expected(error, 0);
  if (argc > 0)
    lzr_memory_set_path(lzr_executor.memory, argv->items[0]);
  status = lzr_program_call_main(function, argc, argv);
  lzr_pack_expected(&writer);
  lzr_pack_u32(&writer, (uint32_t)status);
  return lzr_wrapper_packed(&writer);
}

LZR_WRAPPER(lzr_ours_run_void) {
  struct lzr_reader reader;
  lzr_addr function;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  function = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    ((void (*)(void))(uintptr_t)function)();
  return lzr_wrapper_error(error);
}

/* The arguments of a typed call, unpacked. */
struct typed_call {
  lzr_addr function;
  struct lzr_unpacked_signature of;
  lzr_value values[LZR_CALL_MAX_PARAMETERS];
};

static lzr_error *unpack_values(struct lzr_reader *reader,
                                struct typed_call *call) {
  struct lzr_signature *signature = &call->of.signature;
  uint64_t fixed_count = lzr_unpack_u64(reader);
  size_t count = lzr_unpack_count(reader, sizeof(uint64_t));
  lzr_error *error = lzr_wrapper_check(reader);

  if (error)
    return error;
  if (count != signature->parameter_count || fixed_count > count)
    return lzr_error_create(
        LZR_ERROR_ARGUMENT,
        "a call of a function of %zu parameters, %llu of them fixed, with %zu "
        "values",
        signature->parameter_count, (unsigned long long)fixed_count, count);
  signature->fixed_count = (size_t)fixed_count;
  for (size_t i = 0; i < count; i++)
    call->values[i].ptr = lzr_unpack_u64(reader);
  return lzr_wrapper_check(reader);
}

LZR_WRAPPER(lzr_ours_call) {
  struct typed_call call;
  struct lzr_reader reader;
  lzr_value result = {.i = 0};
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  call.function = lzr_unpack_u64(&reader);
  error = lzr_unpack_signature(&reader, &call.of);
  if (!error)
    error = unpack_values(&reader, &call);
  if (!error)
    error = lzr_call_function(call.function, &call.of.signature, call.values,
                              &result);
  return lzr_wrapper_expected(error, result.ptr);
}

/* The program's exit handlers may make first calls, so the connection is served
   until the process ends. */
LZR_WRAPPER(lzr_ours_exit) {
  struct lzr_reader reader;
  uint32_t status;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  status = lzr_unpack_u32(&reader);
  error = lzr_wrapper_check(&reader);
  if (error)
    return lzr_wrapper_failure(error);
  exit((int)status);
}
