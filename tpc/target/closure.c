/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/closure.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/target/call.h"
#include "tpc/target/values.h"

struct lzr_closure {
  ffi_closure *closure; /* owned; only libffi writes to it */
  void *code;
  lzr_closure_enter enter;
  void *data;
  lzr_type result;
  size_t count;
  ffi_cif cif;
  lzr_type parameters[LZR_CALL_MAX_PARAMETERS];
  ffi_type *types[LZR_CALL_MAX_PARAMETERS];
};

/* libffi provides room for a whole ffi_arg, but only as much as a float needs
   for a float. */
static void put_result(lzr_type type, lzr_value value, void *result) {
  union lzr_storage storage = lzr_storage_of_result(type, value);

  memcpy(result, &storage,
         type == LZR_TYPE_F32 ? sizeof(float) : sizeof storage);
}

static void enter(ffi_cif *cif, void *result, void **arguments, void *data) {
  const struct lzr_closure *closure = data;
  lzr_value values[LZR_CALL_MAX_PARAMETERS];
  lzr_value value = {.i = 0};

  (void)cif;
  for (size_t i = 0; i < closure->count; i++)
    values[i] = lzr_storage_get_argument(closure->parameters[i], arguments[i]);
  closure->enter(closure->data, values, &value);
  if (closure->result != LZR_TYPE_VOID)
    put_result(closure->result, value, result);
}

static lzr_error *prepare(struct lzr_closure *closure) {
  ffi_type *result = lzr_ffi_type(closure->result);
  ffi_status status;

  closure->closure =
      ffi_closure_alloc(sizeof *closure->closure, &closure->code);
  if (!closure->closure)
    return lzr_error_create(LZR_ERROR_MEMORY, "no memory for a closure's code");
  status = ffi_prep_cif(&closure->cif, FFI_DEFAULT_ABI,
                        (unsigned)closure->count, result, closure->types);
  if (status == FFI_OK)
    status = ffi_prep_closure_loc(closure->closure, &closure->cif, enter,
                                  closure, closure->code);
  if (status == FFI_OK)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "libffi makes no function of %zu parameters like "
                          "this one",
                          closure->count);
}

lzr_error *lzr_closure_create(const struct lzr_signature *signature,
                              lzr_closure_enter to, void *data,
                              struct lzr_closure **closure) {
  struct lzr_closure *made = calloc(1, sizeof *made);
  lzr_error *error;

  if (!made)
    return lzr_out_of_memory();
  made->enter = to;
  made->data = data;
  made->result = signature->result;
  made->count = signature->parameter_count;
  for (size_t i = 0; i < made->count; i++) {
    made->parameters[i] = signature->parameters[i];
    made->types[i] = lzr_ffi_type(signature->parameters[i]);
  }
  error = prepare(made);
  if (error) {
    lzr_closure_destroy(made);
    return error;
  }
  *closure = made;
  return NULL;
}

void lzr_closure_destroy(struct lzr_closure *closure) {
  if (!closure)
    return;
  if (closure->closure)
    ffi_closure_free(closure->closure);
  free(closure);
}

lzr_addr lzr_closure_address(const struct lzr_closure *closure) {
  return (uintptr_t)closure->code;
}
