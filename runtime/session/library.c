/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The public functions of libraries.
 */
#include <string.h>

#include "runtime/build/add.h"
#include "runtime/build/eager.h"
#include "runtime/build/lookup.h"
#include "runtime/build/remove.h"
#include "runtime/build/show.h"
#include "runtime/platform/initialize.h"
#include "runtime/platform/interpose.h"
#include "runtime/session/archive.h"
#include "runtime/session/code.h"
#include "runtime/session/lazy.h"
#include "runtime/session/modules.h"
#include "runtime/symbols/adopt.h"
#include "runtime/symbols/lazy.h"
#include "tpc/base/clock.h"

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

lzr_error *lzr_library_search_generator(lzr_library *library,
                                        lzr_generate generate, void *data,
                                        void (*destroy)(void *data)) {
  return lzr_library_add_generator(
      library, &(struct lzr_client_generator){generate, data, destroy});
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

/* Archives. */

lzr_error *lzr_library_search_archive(lzr_library *library, const char *path) {
  uint8_t *bytes;
  size_t size;
  lzr_error *error = lzr_file_read(path, &bytes, &size);
  return error ? error : lzr_session_search_archive(library, path, bytes, size);
}

/* Modules. */

/* Compile threads have to pause meanwhile. */
static lzr_error *refuse_own_thread(const char *what) {
  if (!lzr_tpc_is_own_thread())
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "nothing can be %s on a compile thread", what);
}

static lzr_error *add(lzr_library *library, const struct lzr_code *given,
                      struct lzr_adding *adding) {
  lzr_session *session = library->session;
  struct lzr_code code;
  uint64_t start = lzr_now();
  lzr_module *module = NULL;
  lzr_error *error = lzr_code_take(given, &code);
  if (!error)
    error = code.lazy ? lzr_session_open_lazy(session, code.lazy, &module)
                      : lzr_code_open(session, &code, &module);
  if (!error)
    error = lzr_build_add_as(&session->builder, library, module, adding);
  lzr_session_note_open(session, start, error ? NULL : module);
  return error;
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

lzr_error *
lzr_library_define_lazy(lzr_library *library,
                        const struct lzr_lazy_definitions *definitions,
                        lzr_module_handle **module) {
  struct lzr_code code = {.size = sizeof code, .lazy = definitions};
  return lzr_library_add(library, &code, module);
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

static struct lzr_input *answer_of(const struct lzr_input *input) {
  lzr_symbols_lock(input->library->all);
  struct lzr_input *answer = lzr_lazy_answer_of(input);
  lzr_symbols_unlock(input->library->all);
  return answer;
}

/* The destructors may make first calls, so they run before jobs pause. */
lzr_error *lzr_module_remove(lzr_module_handle *module) {
  lzr_session *session = module->library->session;
  lzr_error *error = refuse_own_thread("removed");
  if (!error)
    error = lzr_platform_check_removal(&session->platform, module);
  struct lzr_input *answer = answer_of(module);
  if (!error && answer)
    error = lzr_platform_check_removal(&session->platform, answer);
  if (!error)
    error = lzr_build_check_removal(&session->builder, module);
  if (error)
    return error;
  if (answer)
    lzr_platform_finalize_input(&session->platform, answer);
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

lzr_error *lzr_library_lookup_all(lzr_library *library, struct lzr_name *names,
                                  size_t count) {
  return lzr_look_up_all(&library->session->builder, library, names, count,
                         NULL);
}

lzr_error *lzr_library_compile(lzr_library *library, bool check) {
  return lzr_build_library(&library->session->builder, library, check);
}

lzr_error *lzr_module_compile(lzr_module_handle *module) {
  return lzr_build_input(&module->library->session->builder, module);
}

lzr_error *lzr_library_compile_named(lzr_library *library,
                                     const char *const *names, size_t count) {
  return lzr_build_named(&library->session->builder, library, names, count);
}

lzr_error *lzr_library_initialize(lzr_library *library) {
  return lzr_platform_initialize(&library->session->platform, library, 0, NULL);
}
