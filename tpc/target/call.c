/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/target/values.h"

/* C's default argument promotions, for an argument to "...". */
static void promote(lzr_type *type, lzr_value *value) {
  if (*type == LZR_TYPE_F32) {
    *type = LZR_TYPE_F64;
    value->f64 = (double)value->f32;
  } else if (*type == LZR_TYPE_I8) {
    *type = LZR_TYPE_I32;
    value->i = (int8_t)value->i;
  } else if (*type == LZR_TYPE_I16) {
    *type = LZR_TYPE_I32;
    value->i = (int16_t)value->i;
  }
}

/* A call in the form that libffi takes. */
struct frame {
  ffi_cif cif;
  ffi_type *types[LZR_CALL_MAX_PARAMETERS];
  union lzr_storage values[LZR_CALL_MAX_PARAMETERS];
  void *pointers[LZR_CALL_MAX_PARAMETERS];
};

static void lay_out(struct frame *frame, const struct lzr_signature *signature,
                    const lzr_value *arguments) {
  for (size_t i = 0; i < signature->parameter_count; i++) {
    lzr_type type = signature->parameters[i];
    lzr_value value = arguments[i];

    if (i >= signature->fixed_count)
      promote(&type, &value);
    frame->types[i] = lzr_ffi_type(type);
    frame->values[i] = lzr_storage_of_argument(type, value);
    frame->pointers[i] = &frame->values[i];
  }
}

static lzr_error *prepare(struct frame *frame,
                          const struct lzr_signature *signature) {
  unsigned count = (unsigned)signature->parameter_count;
  unsigned fixed = (unsigned)signature->fixed_count;
  ffi_type *result = lzr_ffi_type(signature->result);
  ffi_status status;

  if (fixed == count)
    status =
        ffi_prep_cif(&frame->cif, FFI_DEFAULT_ABI, count, result, frame->types);
  else
    status = ffi_prep_cif_var(&frame->cif, FFI_DEFAULT_ABI, fixed, count,
                              result, frame->types);
  if (status == FFI_OK)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "libffi does not take the signature of a function "
                          "of %u parameters, %u of them fixed",
                          count, fixed);
}

lzr_error *lzr_call_function(lzr_addr function,
                             const struct lzr_signature *signature,
                             const lzr_value *arguments, lzr_value *result) {
  struct frame frame;
  union lzr_storage returned = {0};
  lzr_error *error;

  lay_out(&frame, signature, arguments);
  error = prepare(&frame, signature);
  if (error)
    return error;
  ffi_call(&frame.cif, FFI_FN((uintptr_t)function), &returned, frame.pointers);
  if (signature->result != LZR_TYPE_VOID)
    *result = lzr_storage_get_result(signature->result, &returned);
  return NULL;
}

struct lzr_argv *lzr_argv_copy(int argc, const char *const *argv) {
  struct lzr_argv *copy;
  size_t items = ((size_t)argc + 1) * sizeof(char *);
  size_t strings = 0;
  char *end;

  for (int i = 0; i < argc; i++)
    strings += strlen(argv[i]) + 1;
  copy = malloc(sizeof *copy + items + strings);
  if (!copy)
    return NULL;
  copy->next = NULL;
  end = (char *)copy->items + items;
  for (int i = 0; i < argc; i++) {
    copy->items[i] = end;
    end = stpcpy(end, argv[i]) + 1;
  }
  copy->items[argc] = NULL;
  return copy;
}

int lzr_call_main(lzr_addr function, int argc, struct lzr_argv *argv) {
  int (*entry)(int, char **, char **) =
      (int (*)(int, char **, char **))(uintptr_t)function;

  errno = 0;
  return entry(argc, argv->items, environ);
}
