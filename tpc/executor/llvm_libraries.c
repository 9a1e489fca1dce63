/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Libraries and look-ups, for LLVM's services. */
#include <stdlib.h>

#include "tpc/executor/executor.h"
#include "tpc/executor/llvm.h"
#include "tpc/wire/result.h"

char lzr_llvm_dylib_instance;

/* The flags of every symbol that the dynamic linker finds. */
enum { EXPORTED = 0x10 };

/* The process itself has no handle of its own: the Instance stands for it. */
static uint64_t process_handle(void) {
  return (uintptr_t)&lzr_llvm_dylib_instance;
}

static lzr_error *open_library(const char *path, uint64_t mode,
                               uint64_t *handle) {
  if (mode != 0)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "cannot open library '%s': there is no mode %llu",
                            path, (unsigned long long)mode);
  if (!*path) {
    *handle = process_handle();
    return NULL;
  }
  return lzr_libraries_open(&lzr_executor.libraries, path, handle);
}

/* Expected<u64 handle>(u64 instance, string path, u64 mode) */
LZR_WRAPPER(lzr_llvm_open) {
  struct lzr_reader reader;
  uint64_t mode, handle = 0;
  lzr_error *error;
  char *path;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  path = lzr_unpack_string(&reader);
  mode = lzr_unpack_u64(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = open_library(path, mode, &handle);
  free(path);
  return lzr_wrapper_expected(error, handle);
}

/* ---- Names ---- */

/* A seq of (string name, bool required). */
struct lookup_set {
  struct lzr_name *names; /* owned, as their strings */
  bool *required;         /* owned */
  size_t count;
};

static void set_fini(struct lookup_set *set) {
  for (size_t i = 0; i < set->count; i++)
    free((char *)set->names[i].name);
  free(set->names);
  free(set->required);
}

static void unpack_set(struct lzr_reader *reader, struct lookup_set *set) {
  set->count = lzr_unpack_count(reader, sizeof(uint64_t) + 1);
  set->names = calloc(set->count ? set->count : 1, sizeof *set->names);
  set->required = calloc(set->count ? set->count : 1, sizeof *set->required);
  if (!set->names || !set->required) {
    reader->failed = true;
    set->count = 0;
  }
  for (size_t i = 0; i < set->count; i++) {
    set->names[i].name = lzr_unpack_string(reader);
    set->required[i] = lzr_unpack_bool(reader);
  }
}

/* Unpacks u64 handle and a set, and looks the names up as if none were
   required. */
static lzr_error *look_up(struct lzr_reader *reader, struct lookup_set *set) {
  uint64_t handle = lzr_unpack_u64(reader);
  lzr_error *error;

  unpack_set(reader, set);
  error = lzr_wrapper_check(reader);
  if (error)
    return error;
  return lzr_libraries_lookup(&lzr_executor.libraries,
                              handle == process_handle() ? 0 : handle,
                              set->names, set->count);
}

static void pack_definition(struct lzr_writer *writer, lzr_addr address) {
  lzr_pack_u64(writer, address);
  lzr_pack_u8(writer, EXPORTED);
  lzr_pack_u8(writer, 0);
}

static lzr_error *refuse_missing(const struct lookup_set *set) {
  for (size_t i = 0; i < set->count; i++)
    if (set->required[i] && !set->names[i].address)
      return lzr_error_create(LZR_ERROR_SYMBOL, "no definition of '%s'",
                              set->names[i].name);
  return NULL;
}

/* Expected<seq of definition>(u64 instance, u64 handle, set) */
LZR_WRAPPER(lzr_llvm_lookup) {
  struct lzr_writer writer = {0};
  struct lookup_set set = {0};
  struct lzr_reader reader;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  error = look_up(&reader, &set);
  if (!error)
    error = refuse_missing(&set);
  if (error) {
    lzr_pack_unexpected(&writer, error);
  } else {
    lzr_pack_expected(&writer);
    lzr_pack_u64(&writer, set.count);
    for (size_t i = 0; i < set.count; i++)
      pack_definition(&writer, set.names[i].address);
  }
  set_fini(&set);
  return lzr_wrapper_packed(&writer);
}

/* Expected<seq of optional definition>(u64 handle, set): a missing name is none
   if it is required, else address 0. */
LZR_WRAPPER(lzr_llvm_resolve) {
  struct lzr_writer writer = {0};
  struct lookup_set set = {0};
  struct lzr_reader reader;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  error = look_up(&reader, &set);
  if (error) {
    lzr_pack_unexpected(&writer, error);
  } else {
    lzr_pack_expected(&writer);
    lzr_pack_u64(&writer, set.count);
    for (size_t i = 0; i < set.count; i++) {
      bool present = set.names[i].address || !set.required[i];

      lzr_pack_bool(&writer, present);
      if (present)
        pack_definition(&writer, set.names[i].address);
    }
  }
  set_fini(&set);
  return lzr_wrapper_packed(&writer);
}
