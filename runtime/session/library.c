/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The public functions of libraries.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/build/add.h"
#include "runtime/build/eager.h"
#include "runtime/build/lookup.h"
#include "runtime/build/remove.h"
#include "runtime/build/show.h"
#include "runtime/llvm/bitcode.h"
#include "runtime/platform/initialize.h"
#include "runtime/platform/interpose.h"
#include "runtime/session/archive.h"
#include "runtime/session/modules.h"
#include "runtime/symbols/adopt.h"
#include "tpc/base/memory.h"
#include "tpc/base/options.h"

/* A module larger than this is refused before it is read. */
static const size_t max_module_size = (size_t)1 << 30;

/* Libraries. */

lzr_library *lzr_session_main_library(lzr_session *session) {
  return session->symbols.libraries[0];
}

lzr_error *lzr_session_create_library(lzr_session *session, const char *name,
                                      lzr_library **library) {
  return lzr_library_create(&session->symbols, name, library);
}

lzr_error *lzr_library_search_library(lzr_library *library,
                                      lzr_library *other) {
  if (library->session != other->session)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "library '%s' is of another session", other->name);
  return lzr_library_add_search(library, (struct lzr_search){.library = other});
}

lzr_error *lzr_library_search_process(lzr_library *library) {
  return lzr_library_add_search(library, (struct lzr_search){.handle = 0});
}

/* A library that lacks a name is loaded again once it can see the program's. */
static lzr_error *open_library(struct lzr_library *library, const char *path,
                               lzr_library_handle *handle) {
  lzr_session *session = library->session;
  lzr_error *error = lzr_tpc_open_library(session->tpc, path, handle);
  if (!error || !session->symbols.shows_names ||
      !strstr(lzr_error_message(error), "undefined symbol: "))
    return error;
  lzr_error_destroy(error);
  error = lzr_show_all(&session->builder);
  return error ? error : lzr_tpc_open_library(session->tpc, path, handle);
}

lzr_error *lzr_library_search_shared_library(lzr_library *library,
                                             const char *path) {
  struct lzr_search search = {NULL, 0};
  lzr_error *error = open_library(library, path, &search.handle);
  if (!error)
    error = lzr_library_adopt(library, search.handle);
  return error ? error : lzr_library_add_search(library, search);
}

/* Files. */

static lzr_error *refuse_file(const char *path, int reason) {
  return lzr_error_create(LZR_ERROR_FILE, "%s: %s", path, strerror(reason));
}

/* Reads to the end of the file instead of asking for its size, so that a pipe
   works. */
static lzr_error *read_all(FILE *file, const char *path, char **bytes,
                           size_t *size) {
  size_t capacity = (size_t)1 << 16, used = 0;
  char *buffer = malloc(capacity);
  while (buffer) {
    used += fread(buffer + used, 1, capacity - used, file);
    if (used < capacity || capacity >= max_module_size)
      break;
    char *grown = realloc(buffer, capacity *= 2);
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

/* *bytes is owned. */
static lzr_error *read_file(const char *path, char **bytes, size_t *size) {
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

lzr_error *lzr_library_search_archive(lzr_library *library, const char *path) {
  char *bytes;
  size_t size;
  lzr_error *error = read_file(path, &bytes, &size);
  return error ? error
               : lzr_session_search_archive(library, path, (uint8_t *)bytes,
                                            size);
}

/* Modules. */

/* Compile threads have to pause meanwhile. */
static lzr_error *refuse_own_thread(const char *what) {
  if (!lzr_tpc_is_own_thread())
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "nothing can be %s on a compile thread", what);
}

static lzr_error *copy_bytes(const struct lzr_code *code, char **bytes,
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
              (code->llvm_module != NULL);
  if (forms != 1)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "code is to be in one form, not in %d", forms);
  return NULL;
}

/* *bytes is owned. Takes the code's module. */
static lzr_error *read_code(lzr_library *library, const struct lzr_code *code,
                            char **bytes, size_t *size) {
  const char *name = code->name ? code->name : "module";
  if (code->llvm_module)
    return lzr_bitcode_from_module(name, code->llvm_module,
                                   library->session->options.no_verify, bytes,
                                   size);
  return code->path ? read_file(code->path, bytes, size)
                    : copy_bytes(code, bytes, size);
}

static const char *name_of(const struct lzr_code *code) {
  const char *name = code->name ? code->name : code->path;
  return name ? name : "module";
}

static lzr_error *add(lzr_library *library, const struct lzr_code *given,
                      struct lzr_adding *adding) {
  struct lzr_code code;
  char *bytes;
  size_t size;
  lzr_error *error =
      lzr_options_take(&code, sizeof code, given, "a module's code");
  if (!error)
    error = check_code(&code);
  if (!error)
    error = read_code(library, &code, &bytes, &size);
  return error ? error
               : lzr_session_add_module(library, name_of(&code),
                                        (uint8_t *)bytes, size, adding);
}

lzr_error *lzr_library_add(lzr_library *library, const struct lzr_code *code,
                           lzr_module_handle **module) {
  struct lzr_adding adding = {.removable = module != NULL};
  lzr_error *error = add(library, code, &adding);
  if (module)
    *module = adding.input;
  return error;
}

lzr_error *lzr_library_replace(lzr_library *library,
                               const struct lzr_code *code,
                               lzr_module_handle **module) {
  struct lzr_adding adding = {.removable = module != NULL, .replaces = true};
  lzr_error *error = refuse_own_thread("replaced");
  if (!error)
    error = add(library, code, &adding);
  if (module)
    *module = adding.input;
  return error;
}

lzr_error *lzr_library_add_file(lzr_library *library, const char *path) {
  struct lzr_code code = {.size = sizeof code, .path = path};
  return lzr_library_add(library, &code, NULL);
}

lzr_error *lzr_library_add_bytes(lzr_library *library, const char *name,
                                 const char *bytes, size_t size) {
  struct lzr_code code = {
      .size = sizeof code, .name = name, .bytes = bytes, .byte_count = size};
  return lzr_library_add(library, &code, NULL);
}

lzr_error *lzr_library_add_llvm_module(lzr_library *library, const char *name,
                                       struct LLVMOpaqueModule *module) {
  struct lzr_code code = {
      .size = sizeof code, .name = name, .llvm_module = module};
  return lzr_library_add(library, &code, NULL);
}

/* The destructors may make first calls, so they run before jobs pause. */
lzr_error *lzr_module_remove(lzr_module_handle *module) {
  lzr_session *session = module->library->session;
  lzr_error *error = refuse_own_thread("removed");
  if (!error)
    error = lzr_platform_check_removal(&session->platform, module);
  if (!error)
    error = lzr_build_check_removal(&session->builder, module);
  if (error)
    return error;
  lzr_platform_finalize_input(&session->platform, module);
  return lzr_build_remove(&session->builder, module);
}

/* Addresses. */

lzr_error *lzr_library_define(lzr_library *library, const char *name,
                              lzr_addr address) {
  if (!address)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "'%s' cannot be defined as address 0", name);
  return lzr_library_enter_address(library, name, address);
}

lzr_error *lzr_library_define_function(lzr_library *library, const char *name,
                                       const struct lzr_signature *signature,
                                       lzr_host_function function, void *data) {
  lzr_addr address;
  lzr_error *error = lzr_tpc_add_function(library->session->tpc, signature,
                                          function, data, &address);
  return error ? lzr_error_wrap(error, "'%s'", name)
               : lzr_library_define(library, name, address);
}

/* Building and running. */

lzr_error *lzr_library_lookup(lzr_library *library, const char *name,
                              lzr_addr *address) {
  return lzr_look_up(&library->session->builder, library, NULL, name, NULL,
                     address);
}

lzr_error *lzr_library_compile(lzr_library *library, bool check) {
  return lzr_build_library(&library->session->builder, library, check);
}

lzr_error *lzr_library_initialize(lzr_library *library) {
  return lzr_platform_initialize(&library->session->platform, library, 0, NULL);
}
