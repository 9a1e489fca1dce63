/*
 * Answers to the linker: where each name that a unit mentions is.
 */
#include <stdlib.h>

#include "runtime/link/link.h"
#include "runtime/session.h"
#include "runtime/trace.h"

/* A function's address: its stub; its code itself if that was compiled before
   anyone asked. */
static lzr_error *answer_function(struct lzr_session *session,
                                  struct lzr_symbol *symbol,
                                  struct lzr_query *query) {
  lzr_error *error = NULL;
  pthread_mutex_lock(&session->lock);
  query->body = atomic_load_explicit(&symbol->body, memory_order_acquire);
  if (!symbol->address && query->body)
    symbol->address = query->body;
  if (!symbol->address)
    error = lzr_symbol_make_stub(session, symbol);
  query->address = symbol->address;
  query->slot = symbol->has_stub ? symbol->lazy.call_word : 0;
  pthread_mutex_unlock(&session->lock);
  return error;
}

/* Another module's definition may replace this one until it has gone into a
   unit. */
static struct lzr_module *module_of(struct lzr_session *session,
                                    const struct lzr_symbol *symbol) {
  pthread_mutex_lock(&session->lock);
  struct lzr_module *module = symbol->module;
  pthread_mutex_unlock(&session->lock);
  return module;
}

static enum lzr_entity entity_of(struct lzr_session *session,
                                 const struct lzr_symbol *symbol) {
  pthread_mutex_lock(&session->lock);
  enum lzr_entity entity = symbol->entity;
  pthread_mutex_unlock(&session->lock);
  return entity;
}

static lzr_error *answer_data(struct lzr_worker *worker,
                              struct lzr_symbol *symbol,
                              struct lzr_query *query) {
  struct lzr_module *module;
  lzr_error *error;
  do {
    module = module_of(worker->session, symbol);
    error = lzr_compile_data(worker, module);
  } while (!error && module != module_of(worker->session, symbol));
  if (error)
    return error;
  if (!symbol->address)
    return lzr_error_create(LZR_ERROR_COMPILE,
                            "%s: LLVM emitted no definition of '%s'",
                            module->name, symbol->name);
  query->address = symbol->address;
  query->tls_module = symbol->tls_module;
  query->tls_offset = symbol->tls_offset;
  return NULL;
}

static lzr_error *answer(struct lzr_worker *worker, struct lzr_symbol *symbol,
                         struct lzr_query *query);

/* Natively one section, in several pieces here: functions, and what came with a
   module after the others' were placed. */
static lzr_error *refuse_divided(const struct lzr_symbol *symbol) {
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "'%s' is the bound of a section that lies in several "
                          "pieces; link its modules into one first",
                          symbol->name);
}

static lzr_error *find_aliasee(struct lzr_worker *worker,
                               const struct lzr_symbol *symbol,
                               struct lzr_symbol **aliasee) {
  struct lzr_wanted wanted = {symbol->definition->aliasee, false, NULL};
  lzr_error *error =
      lzr_find(worker, symbol->module, symbol->library, &wanted, 1);
  if (!error && (!wanted.symbol || wanted.symbol == symbol))
    error = lzr_error_create(LZR_ERROR_SYMBOL,
                             "'%s' is another name of '%s', which is not "
                             "defined",
                             symbol->name, symbol->definition->aliasee);
  *aliasee = wanted.symbol;
  return error;
}

static lzr_error *answer_alias(struct lzr_worker *worker,
                               struct lzr_symbol *symbol,
                               struct lzr_query *query) {
  struct lzr_symbol *aliasee;
  lzr_error *error = find_aliasee(worker, symbol, &aliasee);
  return error ? error : answer(worker, aliasee, query);
}

/* An ifunc, or an alias of one. */
static lzr_error *answer_ifunc(struct lzr_worker *worker,
                               struct lzr_symbol *symbol,
                               struct lzr_query *query) {
  struct lzr_symbol *aliasee;
  lzr_error *error = find_aliasee(worker, symbol, &aliasee);
  if (error)
    return error;
  return aliasee->entity == LZR_ENTITY_IFUNC
             ? answer(worker, aliasee, query)
             : answer_function(worker->session, symbol, query);
}

static lzr_error *answer(struct lzr_worker *worker, struct lzr_symbol *symbol,
                         struct lzr_query *query) {
  switch (entity_of(worker->session, symbol)) {
  case LZR_ENTITY_FUNCTION:
    return answer_function(worker->session, symbol, query);
  case LZR_ENTITY_DATA:
    return answer_data(worker, symbol, query);
  case LZR_ENTITY_ALIAS:
    return answer_alias(worker, symbol, query);
  case LZR_ENTITY_IFUNC:
    return answer_ifunc(worker, symbol, query);
  default:
    if (symbol->is_divided)
      return refuse_divided(symbol);
    query->address = symbol->address;
    query->slot = symbol->has_stub ? symbol->lazy.call_word : 0;
    query->tls_module = symbol->tls_module;
    query->tls_offset = symbol->tls_offset;
    return NULL;
  }
}

lzr_error *lzr_symbol_give_address(struct lzr_worker *worker,
                                   struct lzr_symbol *symbol,
                                   lzr_addr *address) {
  struct lzr_query query = {.name = symbol->name};
  lzr_error *error = answer(worker, symbol, &query);
  *address = query.address;
  return error;
}

/* A function that is nowhere may be added before it is called: the unit that
   mentions it gets a stub whose first call looks again. */
static lzr_error *answer_unknown(struct lzr_worker *worker,
                                 struct lzr_module *module, const char *unit,
                                 struct lzr_query *query) {
  if (query->weak || query->defined || !query->called_only || worker->strict)
    return NULL; /* 0, or the linker's error */
  struct lzr_session *session = worker->session;
  struct lzr_symbol *symbol;
  pthread_mutex_lock(&session->lock);
  lzr_error *error = lzr_symbol_make_import(module, query->name, unit, &symbol);
  pthread_mutex_unlock(&session->lock);
  if (error)
    return error;
  query->found = true;
  return answer(worker, symbol, query);
}

/* What the unit defines and is not a function is where the unit says. */
static bool defines_data(const struct lzr_module *module,
                         const struct lzr_symbol *symbol,
                         const struct lzr_query *query) {
  return query->defined && symbol->module == module &&
         symbol->entity == LZR_ENTITY_DATA;
}

static lzr_error *answer_query(struct lzr_worker *worker,
                               struct lzr_module *module, const char *unit,
                               struct lzr_symbol *symbol,
                               struct lzr_query *query) {
  if (!symbol)
    return answer_unknown(worker, module, unit, query);
  if (defines_data(module, symbol, query))
    return NULL;
  query->found = true;
  lzr_error *error = answer(worker, symbol, query);
  lzr_trace(LZR_TRACE_LINK, "%s: %s is at %#llx", unit, query->name,
            (unsigned long long)query->address);
  return error;
}

lzr_error *lzr_resolve_queries(struct lzr_worker *worker,
                               struct lzr_module *module, const char *unit,
                               struct lzr_query *queries, size_t count) {
  struct lzr_wanted *wanted = calloc(count + 1, sizeof *wanted);
  if (!wanted)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count; i++)
    wanted[i] = (struct lzr_wanted){queries[i].name, queries[i].tls, NULL};
  lzr_error *error = lzr_find(worker, module, module->library, wanted, count);
  for (size_t i = 0; i < count && !error; i++)
    error = answer_query(worker, module, unit, wanted[i].symbol, &queries[i]);
  free(wanted);
  return error;
}
