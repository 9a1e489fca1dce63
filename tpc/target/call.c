#include "tpc/target/call.h"

#include <ffi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ffi_type *ffi_type_of(lzr_type type) {
  switch (type) {
  case LZR_TYPE_VOID:
    return &ffi_type_void;
  case LZR_TYPE_I8:
    return &ffi_type_sint8;
  case LZR_TYPE_I16:
    return &ffi_type_sint16;
  case LZR_TYPE_I32:
    return &ffi_type_sint32;
  case LZR_TYPE_I64:
    return &ffi_type_sint64;
  case LZR_TYPE_F32:
    return &ffi_type_float;
  case LZR_TYPE_F64:
    return &ffi_type_double;
  case LZR_TYPE_PTR:
    return &ffi_type_pointer;
  }
  return NULL;
}

/* libffi's view of a value: it reads each type from its own member. */
union storage {
  int8_t i8;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  float f32;
  double f64;
  void *ptr;
  ffi_arg widened; /* what a narrow integer result comes back as */
};

static union storage to_storage(lzr_type type, lzr_value value) {
  switch (type) {
  case LZR_TYPE_I8:
    return (union storage){.i8 = (int8_t)value.i};
  case LZR_TYPE_I16:
    return (union storage){.i16 = (int16_t)value.i};
  case LZR_TYPE_I32:
    return (union storage){.i32 = (int32_t)value.i};
  case LZR_TYPE_F32:
    return (union storage){.f32 = value.f32};
  case LZR_TYPE_F64:
    return (union storage){.f64 = value.f64};
  case LZR_TYPE_PTR:
    return (union storage){.ptr = (void *)(uintptr_t)value.ptr};
  default:
    return (union storage){.i64 = value.i};
  }
}

static lzr_value from_storage(lzr_type type, const union storage *storage) {
  switch (type) {
  case LZR_TYPE_I8:
    return (lzr_value){.i = (int8_t)storage->widened};
  case LZR_TYPE_I16:
    return (lzr_value){.i = (int16_t)storage->widened};
  case LZR_TYPE_I32:
    return (lzr_value){.i = (int32_t)storage->widened};
  case LZR_TYPE_F32:
    return (lzr_value){.f32 = storage->f32};
  case LZR_TYPE_F64:
    return (lzr_value){.f64 = storage->f64};
  case LZR_TYPE_PTR:
    return (lzr_value){.ptr = (uintptr_t)storage->ptr};
  default:
    return (lzr_value){.i = storage->i64};
  }
}

/* C's default argument promotions, of an argument to "...". */
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

/* A call laid out for libffi. */
struct frame {
  ffi_cif cif;
  ffi_type *types[LZR_CALL_MAX_PARAMETERS];
  union storage values[LZR_CALL_MAX_PARAMETERS];
  void *pointers[LZR_CALL_MAX_PARAMETERS];
};

static void lay_out(struct frame *frame, const struct lzr_signature *signature,
                    const lzr_value *arguments) {
  for (size_t i = 0; i < signature->parameter_count; i++) {
    lzr_type type = signature->parameters[i];
    lzr_value value = arguments[i];

    if (i >= signature->fixed_count)
      promote(&type, &value);
    frame->types[i] = ffi_type_of(type);
    frame->values[i] = to_storage(type, value);
    frame->pointers[i] = &frame->values[i];
  }
}

static lzr_error *prepare(struct frame *frame,
                          const struct lzr_signature *signature) {
  unsigned count = (unsigned)signature->parameter_count;
  unsigned fixed = (unsigned)signature->fixed_count;
  ffi_type *result = ffi_type_of(signature->result);
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
  union storage returned = {0};
  lzr_error *error;

  lay_out(&frame, signature, arguments);
  error = prepare(&frame, signature);
  if (error)
    return error;
  ffi_call(&frame.cif, FFI_FN((uintptr_t)function), &returned, frame.pointers);
  if (signature->result != LZR_TYPE_VOID)
    *result = from_storage(signature->result, &returned);
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

  return entry(argc, argv->items, environ);
}
