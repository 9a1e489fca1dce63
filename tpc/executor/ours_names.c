/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Libraries and names. */
#include <stdlib.h>

#include "tpc/executor/executor.h"
#include "tpc/executor/ours.h"
#include "tpc/wire/result.h"

LZR_WRAPPER(lzr_ours_open_library) {
  lzr_library_handle handle = 0;
  struct lzr_reader reader;
  lzr_error *error;
  char *path;

  lzr_reader_init(&reader, arguments, size);
  path = lzr_unpack_string(&reader);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = lzr_libraries_open(&lzr_executor.libraries, path, &handle);
  free(path);
  return lzr_wrapper_expected(error, handle);
}

static struct lzr_name *unpack_names(struct lzr_reader *reader, size_t *count) {
  struct lzr_name *names;

  *count = lzr_unpack_count(reader, sizeof(uint64_t) + 2);
  names = calloc(*count ? *count : 1, sizeof *names);
  if (!names) {
    reader->failed = true;
    *count = 0;
  }
  for (size_t i = 0; i < *count; i++) {
    names[i].name = lzr_unpack_string(reader);
    names[i].required = lzr_unpack_bool(reader);
    names[i].thread_local_storage = lzr_unpack_bool(reader);
  }
  return names;
}

static void free_names(struct lzr_name *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    free((char *)names[i].name);
  free(names);
}

static void pack_names(struct lzr_writer *writer, const struct lzr_name *names,
                       size_t count) {
  lzr_pack_expected(writer);
  lzr_pack_u64(writer, count);
  for (size_t i = 0; i < count; i++) {
    lzr_pack_u64(writer, names[i].address);
    lzr_pack_u64(writer, names[i].tls_module);
    lzr_pack_u64(writer, names[i].tls_offset);
  }
}

LZR_WRAPPER(lzr_ours_lookup) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  struct lzr_name *names;
  lzr_library_handle handle;
  size_t count;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  handle = lzr_unpack_u64(&reader);
  names = unpack_names(&reader, &count);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = lzr_libraries_lookup(&lzr_executor.libraries, handle, names, count);
  if (error)
    lzr_pack_unexpected(&writer, error);
  else
    pack_names(&writer, names, count);
  free_names(names, count);
  return lzr_wrapper_packed(&writer);
}

/* Names that are shown. */

static void free_shown(struct lzr_shown_name *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    free((char *)names[i].name);
  free(names);
}

static struct lzr_shown_name *unpack_shown(struct lzr_reader *reader,
                                           size_t *count) {
  struct lzr_shown_name *names;

  *count = lzr_unpack_count(reader, 3 * sizeof(uint64_t) + 1);
  names = calloc(*count ? *count : 1, sizeof *names);
  if (!names) {
    reader->failed = true;
    *count = 0;
  }
  for (size_t i = 0; i < *count; i++) {
    names[i].name = lzr_unpack_string(reader);
    names[i].address = lzr_unpack_u64(reader);
    names[i].size = lzr_unpack_u64(reader);
    names[i].is_function = lzr_unpack_bool(reader);
  }
  return names;
}

LZR_WRAPPER(lzr_ours_show) {
  struct lzr_reader reader;
  struct lzr_shown_name *names;
  size_t count;
  lzr_error *error;

  lzr_reader_init(&reader, arguments, size);
  names = unpack_shown(&reader, &count);
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = lzr_memory_show(lzr_executor.memory, names, count);
  free_shown(names, count);
  return lzr_wrapper_error(error);
}
