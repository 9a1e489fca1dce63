/*
 * First calls: what happens between a stub whose function is not compiled and
 * the function's first instruction. Runs on the program's thread, which only
 * waits; the work is done by a compile thread (compile.c).
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"
#include "runtime/trace.h"

/* ---- When it fails --------------------------------------------------------
 */

static void keep_failure(struct lzr_session *session, lzr_error *error) {
  lzr_session_lock(session);
  if (!session->failure) {
    session->failure = error;
    error = NULL;
  }
  lzr_session_unlock(session);
  lzr_error_destroy(error);
}

/* Where a call goes that cannot go where it should. Takes error. */
static lzr_addr fail_call(struct lzr_session *session, const char *function,
                          lzr_error *error) {
  const struct lzr_session_options *options = &session->options;
  lzr_addr landing = 0;
  if (options->on_failure)
    landing = options->on_failure(options->data, function, error);
  else
    keep_failure(session, error);
  return landing ? landing : lzr_tpc_facts(session->tpc)->return_zero;
}

/* ---- A function of a module -----------------------------------------------
 */

/*
 * Every lazy function has two words that change when it is bound. The stub,
 * which is the function's address, jumps through the first, which leads to the
 * trampoline until then. Callers call through the second, the call word, which
 * leads to the stub until then: optimized code may load it once and call often,
 * and what it loaded early must not be the trampoline, or each of those calls
 * would be a first call.
 */
static lzr_error *make_lazy(struct lzr_session *session,
                            struct lzr_symbol *symbol, lzr_land land) {
  lzr_error *error =
      lzr_lazy_stub_create(session->indirection, land, symbol, &symbol->lazy);
  if (error)
    return error;
  symbol->has_stub = true;
  symbol->address = symbol->lazy.stub.address;
  return NULL;
}

size_t lzr_symbol_list_stores(const struct lzr_symbol *symbol, lzr_addr target,
                              struct lzr_pointer_store *stores) {
  stores[0] = (struct lzr_pointer_store){symbol->lazy.stub.slot, target};
  stores[1] = (struct lzr_pointer_store){symbol->lazy.call_word, target};
  return LZR_STORES_PER_SYMBOL;
}

void lzr_symbol_bind(struct lzr_session *session, struct lzr_symbol *symbol,
                     lzr_addr target) {
  struct lzr_pointer_store stores[LZR_STORES_PER_SYMBOL];
  size_t count = lzr_symbol_list_stores(symbol, target, stores);
  lzr_error_destroy(lzr_tpc_store_pointers(session->tpc, stores, count));
  lzr_call_through_land(session->indirection, &symbol->lazy.call_through,
                        target);
  atomic_store_explicit(&symbol->bound, true, memory_order_release);
}

static struct lzr_group *group_of(const struct lzr_symbol *symbol) {
  return atomic_load_explicit(&symbol->group, memory_order_acquire);
}

/* Has the function compiled, from another module's definition if that replaces
   this one before it is. */
static lzr_error *demand_body(struct lzr_session *session,
                              const struct lzr_symbol *symbol, lzr_addr *body) {
  lzr_error *error = NULL;
  struct lzr_group *group;
  do {
    lzr_error_destroy(error);
    group = group_of(symbol);
    error = lzr_workers_demand(&session->workers, &group->job);
    *body = atomic_load_explicit(&symbol->body, memory_order_acquire);
  } while (!*body && group != group_of(symbol));
  if (*body) {
    lzr_error_destroy(error); /* of a definition that was replaced */
    return NULL;
  }
  return error ? error
               : lzr_error_create(LZR_ERROR_COMPILE,
                                  "%s: function '%s': LLVM emitted no code",
                                  group->module->name, symbol->name);
}

static lzr_addr land_function(void *data) {
  struct lzr_symbol *symbol = data;
  struct lzr_session *session = symbol->library->session;
  lzr_addr body = atomic_load_explicit(&symbol->body, memory_order_acquire);
  lzr_error *error = NULL;
  if (!body)
    error = demand_body(session, symbol, &body);
  if (error)
    return fail_call(session, symbol->name, error);
  atomic_fetch_add_explicit(&session->counters.first_calls, 1,
                            memory_order_relaxed);
  lzr_trace(LZR_TRACE_LAZY, "first call of %s lands at %#llx", symbol->name,
            (unsigned long long)body);
  if (!atomic_load_explicit(&symbol->bound, memory_order_acquire))
    lzr_symbol_bind(session, symbol, body);
  return body;
}

/* ---- An ifunc -------------------------------------------------------------
 */

/* Runs the function that chooses, on the program's thread: it may make first
   calls itself. Two threads may do so at once; the choice is the same. */
static lzr_error *choose(struct lzr_session *session,
                         const struct lzr_symbol *symbol, lzr_addr *chosen) {
  struct lzr_signature signature = {.result = LZR_TYPE_PTR};
  lzr_addr resolver;
  lzr_value result = {.ptr = 0};
  lzr_error *error = lzr_look_up(symbol->library, symbol->module,
                                 symbol->definition->aliasee, &resolver);
  if (!error)
    error = lzr_tpc_call(session->tpc, resolver, &signature, NULL, &result);
  if (!error && !result.ptr)
    error = lzr_error_create(
        LZR_ERROR_SYMBOL, "%s: '%s' chose no function for ifunc '%s'",
        symbol->module->name, symbol->definition->aliasee, symbol->name);
  *chosen = result.ptr;
  return error;
}

static lzr_addr land_ifunc(void *data) {
  struct lzr_symbol *symbol = data;
  struct lzr_session *session = symbol->library->session;
  lzr_addr chosen;
  lzr_error *error = choose(session, symbol, &chosen);
  if (error)
    return fail_call(session, symbol->name, error);
  lzr_symbol_bind(session, symbol, chosen);
  return chosen;
}

lzr_error *lzr_symbol_make_stub(struct lzr_session *session,
                                struct lzr_symbol *symbol) {
  lzr_land land =
      symbol->entity == LZR_ENTITY_IFUNC ? land_ifunc : land_function;
  return make_lazy(session, symbol, land);
}

/* ---- A function that was nowhere ------------------------------------------
 */

static struct lzr_symbol *symbol_of_import(struct lzr_job *job) {
  return (struct lzr_symbol *)((char *)job -
                               offsetof(struct lzr_symbol, import));
}

/* Looks again, for everything that was added since. */
static void search_import(struct lzr_worker *worker, struct lzr_job *job) {
  struct lzr_symbol *symbol = symbol_of_import(job);
  struct lzr_wanted wanted = {symbol->name, false, NULL};
  lzr_addr address = 0;
  job->error = lzr_find(worker, symbol->module, symbol->library, &wanted, 1);
  if (!job->error && wanted.symbol)
    job->error = lzr_symbol_give_address(worker, wanted.symbol, &address);
  if (!job->error && !wanted.symbol)
    job->error = lzr_error_create(
        LZR_ERROR_SYMBOL, "%s: function '%s' calls '%s', which is not defined",
        symbol->module->name, symbol->referrer, symbol->name);
  if (!job->error)
    atomic_store_explicit(&symbol->body, address, memory_order_release);
}

static lzr_addr land_import(void *data) {
  struct lzr_symbol *symbol = data;
  struct lzr_session *session = symbol->library->session;
  lzr_error *error = lzr_workers_demand(&session->workers, &symbol->import);
  if (error)
    return fail_call(session, symbol->name, error);
  lzr_addr target = atomic_load_explicit(&symbol->body, memory_order_acquire);
  lzr_symbol_bind(session, symbol, target);
  return target;
}

/* Under lock. */
static struct lzr_symbol *create_import(struct lzr_module *module,
                                        const char *name,
                                        const char *referrer) {
  size_t name_size = strlen(name) + 1, referrer_size = strlen(referrer) + 1;
  struct lzr_symbol *symbol =
      calloc(1, sizeof *symbol + name_size + referrer_size);
  if (!symbol || !lzr_session_keep(module->library->session, symbol))
    return NULL;
  char *strings = (char *)(symbol + 1);
  symbol->name = memcpy(strings, name, name_size);
  symbol->referrer = memcpy(strings + name_size, referrer, referrer_size);
  symbol->entity = LZR_ENTITY_IMPORT;
  symbol->library = module->library;
  symbol->module = module;
  symbol->import.run = search_import;
  symbol->import.repeatable = true;
  symbol->next_import = module->library->session->imports;
  module->library->session->imports = symbol;
  return symbol;
}

lzr_error *lzr_symbol_make_import(struct lzr_module *module, const char *name,
                                  const char *referrer,
                                  struct lzr_symbol **symbol) {
  struct lzr_session *session = module->library->session;
  struct lzr_map *found = &module->library->found;
  *symbol = lzr_map_get(found, name);
  if (*symbol)
    return NULL;
  struct lzr_symbol *made = create_import(module, name, referrer);
  if (!made)
    return lzr_out_of_memory();
  lzr_error *error = make_lazy(session, made, land_import);
  if (error)
    return error;
  *symbol = made;
  return lzr_map_put(found, made->name, made) ? NULL : lzr_out_of_memory();
}
