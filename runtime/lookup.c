/*
 * Looking names up for a client: a job, because finding a name may mean
 * bringing a module's data in.
 */
#include <stddef.h>

#include "runtime/session.h"

struct lookup {
  struct lzr_job job; /* the first member */
  struct lzr_module *module;
  lzr_library *library;
  const char *name;
  const struct lzr_signature *signature; /* to be called with, or NULL */
  lzr_addr address;
};

static bool is_thread_local(const struct lzr_symbol *symbol) {
  return symbol->definition && symbol->definition->tls;
}

static lzr_error *check_type(struct lzr_worker *worker,
                             const struct lookup *lookup,
                             const struct lzr_symbol *symbol) {
  lzr_source *source;
  if (!lookup->signature || symbol->entity != LZR_ENTITY_FUNCTION)
    return NULL;
  lzr_error *error = lzr_worker_find_source(worker, symbol->module, &source);
  return error ? error
               : lzr_source_check_call(source, symbol->name, lookup->signature);
}

static void look_up(struct lzr_worker *worker, struct lzr_job *job) {
  struct lookup *lookup = (struct lookup *)job;
  struct lzr_wanted wanted = {lookup->name, false, NULL};
  job->error = lzr_find(worker, lookup->module, lookup->library, &wanted, 1);
  if (job->error)
    return;
  if (!wanted.symbol)
    job->error = lzr_error_create(LZR_ERROR_SYMBOL,
                                  "symbol '%s' is not defined", lookup->name);
  else if (is_thread_local(wanted.symbol))
    job->error = lzr_error_create(
        LZR_ERROR_UNSUPPORTED,
        "symbol '%s' is thread-local: each thread has another address for it",
        lookup->name);
  else
    job->error = check_type(worker, lookup, wanted.symbol);
  if (!job->error)
    job->error =
        lzr_symbol_give_address(worker, wanted.symbol, &lookup->address);
}

static lzr_error *demand(struct lookup *lookup, lzr_addr *address) {
  lookup->job.run = look_up;
  lzr_error *error =
      lzr_workers_demand(&lookup->library->session->workers, &lookup->job);
  lzr_error_destroy(lookup->job.error);
  *address = error ? 0 : lookup->address;
  return error;
}

lzr_error *lzr_look_up(lzr_library *library, struct lzr_module *module,
                       const char *name, lzr_addr *address) {
  struct lookup lookup = {.module = module, .library = library, .name = name};
  return demand(&lookup, address);
}

lzr_error *lzr_session_call(lzr_session *session, const char *function,
                            const struct lzr_signature *signature,
                            const lzr_value *arguments, lzr_value *result) {
  lzr_library *library = lzr_session_main_library(session);
  struct lookup lookup = {
      .library = library, .name = function, .signature = signature};
  lzr_addr address;
  lzr_error *error = demand(&lookup, &address);
  if (!error)
    error = lzr_library_initialize(library);
  if (!error)
    error = lzr_tpc_call(session->tpc, address, signature, arguments, result);
  return error;
}

lzr_error *lzr_library_lookup(lzr_library *library, const char *name,
                              lzr_addr *address) {
  return lzr_look_up(library, NULL, name, address);
}
