/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * First calls: what happens between a stub whose function is not compiled and
 * the function's first instruction. Runs on the program's thread, which only
 * waits; the work is done by a compile thread (runtime/build/call.c).
 */
#include "runtime/session/first_call.h"

#include <unwind.h>

#include "runtime/build/call.h"
#include "runtime/build/lookup.h"
#include "runtime/session/session.h"
#include "runtime/support/trace.h"
#include "runtime/symbols/bind.h"
#include "tpc/base/events.h"

/* When it fails. */

static void keep_failure(struct lzr_session *session, lzr_error *error) {
  lzr_symbols_lock(&session->symbols);
  if (!session->failure) {
    session->failure = error;
    error = NULL;
  }
  lzr_symbols_unlock(&session->symbols);
  lzr_error_destroy(error);
}

/* The landing address of a call that failed. Takes error. */
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

/* A function of a module. */

/* Returns 0 if it has turned into something else. */
static lzr_addr land_function(struct lzr_session *session,
                              struct lzr_symbol *symbol) {
  lzr_addr body = atomic_load_explicit(&symbol->body, memory_order_acquire);
  lzr_error *error = NULL;
  if (!body)
    error = lzr_build_function(&session->builder, symbol, &body);
  if (error)
    return fail_call(session, symbol->name, error);
  if (!body)
    return 0;
  atomic_fetch_add_explicit(&session->builder.counters.first_calls, 1,
                            memory_order_relaxed);
  lzr_trace(LZR_TRACE_LAZY, "first call of %s lands at %#llx", symbol->name,
            (unsigned long long)body);
  if (!atomic_load_explicit(&symbol->bound, memory_order_acquire))
    lzr_symbol_redirect(&session->symbols, symbol);
  return body;
}

/* An ifunc. */

/* Runs the function that chooses on the program's thread, because it may make
   first calls itself. Two threads may do so at once; they choose the same. */
static lzr_error *choose(struct lzr_session *session,
                         const struct lzr_symbol *symbol, lzr_addr *chosen) {
  struct lzr_signature signature = {.result = LZR_TYPE_PTR};
  const char *resolver_name = symbol->definition->aliasee;
  lzr_addr resolver;
  lzr_value result = {.ptr = 0};
  lzr_error *error = lzr_look_up(&session->builder, symbol->library,
                                 symbol->input, resolver_name, NULL, &resolver);
  if (!error)
    error = lzr_tpc_call(session->tpc, resolver, &signature, NULL, &result);
  if (!error && !result.ptr)
    error = lzr_error_create(
        LZR_ERROR_SYMBOL, "%s: '%s' chose no function for ifunc '%s'",
        symbol->input->module->name, resolver_name, symbol->name);
  *chosen = result.ptr;
  return error;
}

static lzr_addr land_ifunc(struct lzr_session *session,
                           struct lzr_symbol *symbol) {
  lzr_addr chosen;
  lzr_error *error = choose(session, symbol, &chosen);
  if (error)
    return fail_call(session, symbol->name, error);
  lzr_symbol_bind(&session->symbols, symbol, chosen);
  return chosen;
}

/* A function that was nowhere when a unit mentioned it. */

/* Returns 0 if its definition has come: it is no import any more. */
static lzr_addr land_import(struct lzr_session *session,
                            struct lzr_symbol *symbol) {
  lzr_error *error =
      lzr_workers_demand(&session->builder.workers, &symbol->import);
  lzr_addr target = atomic_load_explicit(&symbol->body, memory_order_acquire);
  if (symbol->entity != LZR_ENTITY_IMPORT) {
    lzr_error_destroy(error);
    return 0;
  }
  if (error)
    return fail_call(session, symbol->name, error);
  lzr_symbol_redirect(&session->symbols, symbol);
  return target;
}

/* Who called. */

struct caller_search {
  struct lzr_session *session;
  struct lzr_extent caller;
  unsigned frames;
  bool found;
};

/* How many frames lie between a function that was compiled and this file. */
enum { MOST_FRAMES = 16 };

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  struct caller_search *search = data;
  search->found = lzr_extents_find(&search->session->builder.extents,
                                   _Unwind_GetIP(context) - 1, &search->caller);
  return search->found || ++search->frames == MOST_FRAMES ? _URC_END_OF_STACK
                                                          : _URC_NO_REASON;
}

/* The function that called, if it was compiled here and runs in this process;
   otherwise "". */
static const char *find_caller(struct lzr_session *session) {
  struct caller_search search = {.session = session};
  if (!lzr_tpc_facts(session->tpc)->this_process)
    return "";
  _Unwind_Backtrace(visit, &search);
  return search.found ? search.caller.symbol->name : "";
}

static void record(struct lzr_session *session, const struct lzr_symbol *symbol,
                   uint64_t start) {
  uint64_t end = lzr_now(); /* looking for the caller takes time */
  lzr_event_record(LZR_EVENT_FIRST_CALL, start, end, NULL, "%s%c%s",
                   symbol->name, 0, find_caller(session));
}

lzr_addr lzr_session_land(void *data) {
  struct lzr_symbol *symbol = data;
  struct lzr_session *session = symbol->library->session;
  uint64_t start = lzr_event_begin();
  lzr_addr target = 0;
  while (!target)
    switch (symbol->entity) {
    case LZR_ENTITY_IFUNC:
      target = land_ifunc(session, symbol);
      break;
    case LZR_ENTITY_IMPORT:
      target = land_import(session, symbol);
      break;
    default:
      target = land_function(session, symbol);
    }
  if (lzr_events_wanted)
    record(session, symbol, start);
  return target;
}
