/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions of the controller, in the form in which code in this process calls
   them. They live as long as the process. */
#include <pthread.h>
#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/base/thread.h"
#include "tpc/executor/controller.h"
#include "tpc/executor/ours.h"
#include "tpc/executor/signature.h"
#include "tpc/target/closure.h"
#include "tpc/target/fork.h"
#include "tpc/wire/little_endian.h"
#include "tpc/wire/result.h"

/* ---- Handlers ---- */

/* A context as lzr_tpc_add_handler describes it. */
struct callback_handler {
  uint64_t (*enter)(void *context, uint64_t index); /* first: its contract */
  uint64_t tag;
  struct callback_handler *next;
};

static struct callback_handler *handlers; /* owned; under the target's lock */

/* Allocates no memory: a signal handler of the program may make the first call,
   in the middle of malloc. */
static lzr_error *call_handler(uint64_t tag, uint64_t index, uint64_t *value) {
  uint8_t packed[sizeof index];
  struct lzr_reader reader;
  uint8_t *answer = NULL;
  size_t size = 0;
  lzr_error *error;

  lzr_store_le(packed, sizeof packed, index);
  error = lzr_controller_call(tag, packed, sizeof packed, &answer, &size);
  if (error)
    return error;
  lzr_reader_init(&reader, answer, size);
  *value = lzr_unpack_u64(&reader);
  free(answer);
  return lzr_unpack_end(&reader, "a first call");
}

/* A thread that is cancelled continues until this is over. */
static uint64_t enter_handler(void *context, uint64_t index) {
  const struct callback_handler *handler = context;
  uint64_t value = 0;
  struct lzr_cancellation held;
  lzr_error *error;

  lzr_cancellation_hold(&held);
  error = call_handler(handler->tag, index, &value);
  if (error)
    lzr_controller_fail(error, "a first call");
  lzr_cancellation_release(&held);
  return value;
}

LZR_WRAPPER(lzr_ours_add_handler) {
  struct callback_handler *handler = malloc(sizeof *handler);
  struct lzr_reader reader;
  lzr_error *error;
  uint64_t tag;

  lzr_reader_init(&reader, arguments, size);
  tag = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error && !handler)
    error = lzr_out_of_memory();
  if (error) {
    free(handler);
    return lzr_wrapper_expected(error, 0);
  }
  lzr_target_lock();
  *handler = (struct callback_handler){enter_handler, tag, handlers};
  handlers = handler;
  lzr_target_unlock();
  return lzr_wrapper_expected(NULL, (uintptr_t)handler);
}

/* ---- Functions ---- */

struct callback_function {
  struct lzr_closure *closure; /* owned */
  uint64_t tag;
  size_t count; /* of parameters */
  struct callback_function *next;
};

static struct callback_function *functions; /* owned; under the target's lock */

/* An Expected<u64>. */
static lzr_error *unpack_result(const uint8_t *answer, size_t size,
                                lzr_value *result) {
  struct lzr_reader reader;
  lzr_error *error;

  lzr_reader_init(&reader, answer, size);
  error = lzr_unpack_expected(&reader, "a host function");
  if (error)
    return error;
  result->ptr = lzr_unpack_u64(&reader);
  return lzr_unpack_end(&reader, "a host function");
}

static lzr_error *call_function(const struct callback_function *function,
                                const lzr_value *arguments, lzr_value *result) {
  struct lzr_writer writer = {0};
  uint8_t *answer = NULL;
  size_t size = 0;
  lzr_error *error;

  lzr_pack_u64(&writer, function->count);
  for (size_t i = 0; i < function->count; i++)
    lzr_pack_u64(&writer, arguments[i].ptr);
  if (writer.failed)
    error = lzr_out_of_memory();
  else
    error = lzr_controller_call(function->tag, writer.bytes, writer.size,
                                &answer, &size);
  lzr_writer_fini(&writer);
  if (!error)
    error = unpack_result(answer, size, result);
  free(answer);
  return error;
}

static void enter_function(void *data, const lzr_value *arguments,
                           lzr_value *result) {
  struct lzr_cancellation held;
  lzr_error *error;

  lzr_cancellation_hold(&held);
  error = call_function(data, arguments, result);
  if (error)
    lzr_controller_fail(error, "a host function");
  lzr_cancellation_release(&held);
}

static lzr_error *add_function(uint64_t tag,
                               const struct lzr_signature *signature,
                               lzr_addr *address) {
  struct callback_function *function = malloc(sizeof *function);
  lzr_error *error;

  if (!function)
    return lzr_out_of_memory();
  *function = (struct callback_function){.tag = tag,
                                         .count = signature->parameter_count};
  error = lzr_closure_create(signature, enter_function, function,
                             &function->closure);
  if (error) {
    free(function);
    return error;
  }
  lzr_target_lock();
  function->next = functions;
  functions = function;
  lzr_target_unlock();
  *address = lzr_closure_address(function->closure);
  return NULL;
}

LZR_WRAPPER(lzr_ours_add_function) {
  struct lzr_unpacked_signature unpacked;
  struct lzr_reader reader;
  lzr_addr address = 0;
  uint64_t tag;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  tag = lzr_unpack_u64(&reader);
  error = lzr_unpack_signature(&reader, &unpacked);
  if (!error)
    error = add_function(tag, &unpacked.signature, &address);
  return lzr_wrapper_expected(error, address);
}
