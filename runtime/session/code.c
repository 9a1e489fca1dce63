/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/code.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/bitcode.h"
#include "runtime/session/modules.h"
#include "tpc/base/memory.h"
#include "tpc/base/options.h"

/* A module larger than this is refused before it is read. */
static const size_t max_module_size = (size_t)1 << 30;

/* Files. */

static lzr_error *refuse_file(const char *path, int reason) {
  return lzr_error_create(LZR_ERROR_FILE, "%s: %s", path, strerror(reason));
}

/* Reads to the end of the file instead of asking for its size, so that a pipe
   works. */
static lzr_error *read_all(FILE *file, const char *path, uint8_t **bytes,
                           size_t *size) {
  size_t capacity = (size_t)1 << 16, used = 0;
  uint8_t *buffer = malloc(capacity);
  while (buffer) {
    used += fread(buffer + used, 1, capacity - used, file);
    if (used < capacity || capacity >= max_module_size)
      break;
    uint8_t *grown = realloc(buffer, capacity *= 2);
    if (!grown)
      free(buffer);
    buffer = grown;
  }
  if (!buffer)
    return lzr_out_of_memory();
  *bytes = buffer;
  *size = used;
  if (ferror(file))
    return refuse_file(path, errno);
  if (used >= max_module_size)
    return lzr_error_create(LZR_ERROR_LIMIT, "%s: larger than %zu bytes", path,
                            max_module_size);
  buffer = realloc(buffer, used ? used : 1);
  *bytes = buffer ? buffer : *bytes;
  return NULL;
}

lzr_error *lzr_file_read(const char *path, uint8_t **bytes, size_t *size) {
  *bytes = NULL;
  *size = 0;
  FILE *file = fopen(path, "rb");
  if (!file)
    return refuse_file(path, errno);
  lzr_error *error = read_all(file, path, bytes, size);
  fclose(file);
  if (error)
    free(*bytes);
  return error;
}

/* Code. */

static lzr_error *copy_bytes(const struct lzr_code *code, uint8_t **bytes,
                             size_t *size) {
  *size = code->byte_count;
  *bytes = malloc(*size ? *size : 1);
  if (!*bytes)
    return lzr_out_of_memory();
  memcpy(*bytes, code->bytes, *size);
  return NULL;
}

static lzr_error *check_code(const struct lzr_code *code) {
  int forms = (code->path != NULL) + (code->bytes != NULL) +
              (code->llvm_module != NULL) + (code->lazy != NULL);
  if (forms != 1)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "code is to be in one form, not in %d", forms);
  return NULL;
}

static const char *name_of(const struct lzr_code *code) {
  const char *name = code->name ? code->name : code->path;
  return name ? name : "module";
}

lzr_error *lzr_code_take(const struct lzr_code *given, struct lzr_code *code) {
  lzr_error *error =
      lzr_options_take(code, sizeof *code, given, "a module's code");
  return error ? error : check_code(code);
}

/* *bytes is owned. Takes the code's module. */
static lzr_error *read_module(lzr_session *session, const struct lzr_code *code,
                              uint8_t **bytes, size_t *size) {
  char *bitcode = NULL;
  lzr_error *error = lzr_bitcode_from_module(
      code->name ? code->name : "module", code->llvm_module,
      session->options.no_verify, &bitcode, size);
  *bytes = (uint8_t *)bitcode;
  return error;
}

static lzr_error *read_code(lzr_session *session, const struct lzr_code *code,
                            uint8_t **bytes, size_t *size) {
  if (code->llvm_module)
    return read_module(session, code, bytes, size);
  return code->path ? lzr_file_read(code->path, bytes, size)
                    : copy_bytes(code, bytes, size);
}

lzr_error *lzr_code_open(lzr_session *session, const struct lzr_code *code,
                         lzr_module **module) {
  uint8_t *bytes;
  size_t size;
  lzr_error *error = read_code(session, code, &bytes, &size);
  return error ? error
               : lzr_session_open_module(session, name_of(code), bytes, size,
                                         module);
}
