/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/lazy.h"

#include <stdlib.h>

#include "runtime/module/lazy_module.h"
#include "runtime/session/code.h"
#include "runtime/session/modules.h"
#include "tpc/base/clock.h"
#include "tpc/base/memory.h"
#include "tpc/base/options.h"

/* The client's callback and its data. */
struct lazy_client {
  lzr_session *session;
  lzr_provide provide;
  void *data;
  void (*destroy)(void *data);
};

struct lzr_lazy_request {
  lzr_session *session;
  const lzr_module *lazy;
  lzr_module *code;    /* owned */
  lzr_addr *addresses; /* borrowed; one for each lazy definition */
};

/* Answers. */

static lzr_error *open_code(lzr_lazy_request *request,
                            const struct lzr_code *code) {
  if (code->lazy)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "lazy definitions cannot be answered with others");
  return lzr_code_open(request->session, code, &request->code);
}

lzr_error *lzr_lazy_answer_code(lzr_lazy_request *request,
                                const struct lzr_code *given) {
  struct lzr_code code;
  uint64_t start = lzr_now();
  if (request->code)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "lazy definitions are answered with code twice");
  lzr_error *error = lzr_code_take(given, &code);
  if (!error)
    error = open_code(request, &code);
  lzr_session_note_open(request->session, start, error ? NULL : request->code);
  return error;
}

lzr_error *lzr_lazy_answer_address(lzr_lazy_request *request, const char *name,
                                   lzr_addr address) {
  const struct lzr_definition *definition =
      lzr_lazy_module_find(request->lazy, name);
  if (!definition)
    return lzr_error_create(LZR_ERROR_SYMBOL,
                            "%s: '%s' is none of these definitions",
                            request->lazy->name, name);
  if (!address)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "'%s' cannot be defined as address 0", name);
  request->addresses[definition - request->lazy->definitions] = address;
  return NULL;
}

/* Asking. */

/* The lazy functions have been counted when they were defined. */
static void count_functions(lzr_session *session, const lzr_module *lazy,
                            const lzr_module *code) {
  for (size_t i = 0; code && i < code->definition_count; i++)
    session->builder.counters.functions_defined +=
        code->definitions[i].kind == LZR_DEFINITION_FUNCTION &&
        !lzr_lazy_module_find(lazy, code->definitions[i].name);
}

static lzr_error *provide(void *data, lzr_module *module, const char *name,
                          lzr_module **code, lzr_addr *addresses) {
  const struct lazy_client *client = data;
  struct lzr_lazy_request request = {
      .session = client->session, .lazy = module, .addresses = addresses};
  lzr_error *error = client->provide(client->data, name, &request);
  *code = request.code;
  if (!error)
    count_functions(client->session, module, request.code);
  return error;
}

/* Defining. */

static void destroy(void *data) {
  struct lazy_client *client = data;
  if (client->destroy)
    client->destroy(client->data);
  free(client);
}

static lzr_error *describe(const struct lzr_lazy_name *name,
                           struct lzr_definition *definition) {
  if (name->kind != LZR_LAZY_FUNCTION && name->kind != LZR_LAZY_VARIABLE)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "lazy definition '%s' is of unknown kind %d",
                            name->name, name->kind);
  *definition = (struct lzr_definition){
      .name = name->name,
      .kind = name->kind == LZR_LAZY_FUNCTION ? LZR_DEFINITION_FUNCTION
                                              : LZR_DEFINITION_DATA,
      .binding = name->weak ? LZR_BINDING_WEAK : LZR_BINDING_STRONG};
  return NULL;
}

static lzr_error *describe_all(const struct lzr_lazy_definitions *lazy,
                               struct lzr_definition *definitions) {
  lzr_error *error = NULL;
  if (!lazy->name_count || !lazy->provide)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "lazy definitions need names and a function that "
                            "provides their code");
  for (size_t i = 0; i < lazy->name_count && !error; i++)
    error = describe(&lazy->names[i], &definitions[i]);
  return error;
}

/* Takes client. */
static lzr_error *open_module(const struct lzr_lazy_definitions *lazy,
                              struct lazy_client *client, lzr_module **module) {
  struct lzr_lazy_source source = {provide, destroy, client};
  struct lzr_definition *definitions =
      calloc(lazy->name_count + 1, sizeof *definitions);
  lzr_error *error =
      definitions ? describe_all(lazy, definitions) : lzr_out_of_memory();
  if (error)
    destroy(client);
  else
    error =
        lzr_lazy_module_open(lazy->name ? lazy->name : "lazy definitions",
                             definitions, lazy->name_count, &source, module);
  free(definitions);
  return error;
}

lzr_error *lzr_session_open_lazy(lzr_session *session,
                                 const struct lzr_lazy_definitions *given,
                                 lzr_module **module) {
  struct lzr_lazy_definitions lazy;
  lzr_error *error =
      lzr_options_take(&lazy, sizeof lazy, given, "lazy definitions");
  if (error)
    return error;
  struct lazy_client *client = calloc(1, sizeof *client);
  if (!client) {
    if (lazy.destroy)
      lazy.destroy(lazy.data);
    return lzr_out_of_memory();
  }
  *client =
      (struct lazy_client){session, lazy.provide, lazy.data, lazy.destroy};
  return open_module(&lazy, client, module);
}
