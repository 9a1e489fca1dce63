/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/lookup.h"

#include <stddef.h>

#include "runtime/build/worklist.h"
#include "runtime/symbols/bind.h"
#include "runtime/symbols/lazy.h"

struct lookup {
  struct lzr_job job; /* the first member */
  struct lzr_input *input;
  struct lzr_library *library;
  const char *name;
  const struct lzr_signature *signature; /* to be called with, or NULL */
  lzr_addr address;
};

/* *symbol is what was found, or NULL; if it is not NULL, *answer is what that
   stands for. */
static lzr_error *find(struct lzr_builder *builder, unsigned thread,
                       struct lzr_input *input, struct lzr_library *library,
                       struct lzr_query *query, struct lzr_symbol **symbol,
                       struct lzr_symbol **answer) {
  struct lzr_resolution resolution = {.input = input,
                                      .library = library,
                                      .asking = "lookup",
                                      .strict = true,
                                      .queries = query,
                                      .count = 1};
  struct lzr_worklist list;
  lzr_error *error = lzr_resolution_init(&resolution);
  if (error)
    return error;
  lzr_worklist_init(&list, builder, thread);
  error = lzr_worklist_resolve(&list, &resolution);
  struct lzr_input_set depends = list.asker.depends;
  list.asker.depends = (struct lzr_input_set){NULL, 0};
  lzr_worklist_finish(&list);
  if (!error)
    error = lzr_worklist_check(&depends);
  *symbol = resolution.wanted[0].symbol;
  *answer = resolution.answers[0];
  lzr_input_set_fini(&depends);
  lzr_resolution_fini(&resolution);
  return error;
}

/* For a client. */

/* Whose function the symbol is; NULL: it is none of a module. */
static struct lzr_input *
defining_input(struct lzr_symbols *symbols, const struct lzr_symbol *symbol,
               const struct lzr_definition **definition) {
  pthread_mutex_lock(&symbols->lock);
  struct lzr_input *input =
      symbol->entity == LZR_ENTITY_FUNCTION ? symbol->input : NULL;
  *definition = symbol->definition;
  pthread_mutex_unlock(&symbols->lock);
  return input;
}

/* The code of a lazy definition is provided now: it is called in a moment. */
static lzr_error *check_signature(struct lzr_symbols *symbols, unsigned thread,
                                  const struct lzr_symbol *symbol,
                                  const struct lzr_signature *signature) {
  const struct lzr_definition *definition;
  lzr_error *error = NULL;
  struct lzr_input *input = defining_input(symbols, symbol, &definition);
  if (input && input->lazy) {
    error = lzr_lazy_answer(input, definition);
    input = defining_input(symbols, symbol, &definition);
  }
  return error || !input ? error
                         : lzr_module_check_call(input->module, thread,
                                                 symbol->name, signature);
}

static lzr_error *check_symbol(struct lzr_symbols *symbols, unsigned thread,
                               const struct lookup *lookup,
                               const struct lzr_symbol *symbol) {
  pthread_mutex_lock(&symbols->lock);
  bool tls = symbol->definition && symbol->definition->tls;
  pthread_mutex_unlock(&symbols->lock);
  if (tls)
    return lzr_error_create(
        LZR_ERROR_UNSUPPORTED,
        "symbol '%s' is thread-local: each thread has another address for it",
        lookup->name);
  return lookup->signature
             ? check_signature(symbols, thread, symbol, lookup->signature)
             : NULL;
}

static void look_up(void *owner, unsigned thread, struct lzr_job *job) {
  struct lzr_builder *builder = owner;
  struct lookup *lookup = (struct lookup *)job;
  struct lzr_query query = {.name = lookup->name};
  struct lzr_symbol *symbol, *answer;
  job->error = find(builder, thread, lookup->input, lookup->library, &query,
                    &symbol, &answer);
  if (job->error)
    return;
  if (!symbol)
    job->error = lzr_error_create(LZR_ERROR_SYMBOL,
                                  "symbol '%s' is not defined", lookup->name);
  else
    job->error = check_symbol(builder->symbols, thread, lookup, symbol);
  lookup->address = query.address;
}

lzr_error *lzr_look_up(struct lzr_builder *builder, struct lzr_library *library,
                       struct lzr_input *input, const char *name,
                       const struct lzr_signature *signature,
                       lzr_addr *address) {
  struct lookup lookup = {.job = {.run = look_up},
                          .input = input,
                          .library = library,
                          .name = name,
                          .signature = signature};
  lzr_error *error = lzr_workers_demand(&builder->workers, &lookup.job);
  lzr_error_destroy(lookup.job.error);
  *address = error ? 0 : lookup.address;
  return error;
}

/* For all. */

static void ask_ahead(void *owner, unsigned thread, struct lzr_job *job) {
  struct lookup *lookup = (struct lookup *)job;
  struct lzr_worklist list;
  lzr_worklist_init(&list, owner, thread);
  job->error = lzr_worklist_ask_all(&list, lookup->library);
  lzr_worklist_finish(&list);
}

lzr_error *lzr_ask_ahead(struct lzr_builder *builder,
                         struct lzr_library *library) {
  struct lookup lookup = {.job = {.run = ask_ahead}, .library = library};
  lzr_error *error = lzr_workers_demand(&builder->workers, &lookup.job);
  lzr_error_destroy(lookup.job.error);
  return error;
}

/* For an import. */

static struct lzr_symbol *symbol_of(struct lzr_job *job) {
  return (struct lzr_symbol *)((char *)job -
                               offsetof(struct lzr_symbol, import));
}

static lzr_error *refuse_import(const struct lzr_symbol *symbol) {
  if (!symbol->input || !symbol->referrer)
    return lzr_error_create(LZR_ERROR_SYMBOL,
                            "function '%s' is called, whose definition has "
                            "been removed",
                            symbol->name);
  return lzr_error_create(
      LZR_ERROR_SYMBOL, "%s: function '%s' calls '%s', which is not defined",
      symbol->input->module->name, symbol->referrer, symbol->name);
}

/* The symbol itself is found if its definition has come meanwhile. */
void lzr_search_import(void *owner, unsigned thread, struct lzr_job *job) {
  struct lzr_builder *builder = owner;
  struct lzr_symbol *symbol = symbol_of(job), *found, *answer;
  struct lzr_query query = {.name = symbol->name};
  job->error = find(builder, thread, symbol->input, symbol->library, &query,
                    &found, &answer);
  if (!job->error && !found)
    job->error = refuse_import(symbol);
  if (!job->error)
    lzr_symbol_bind_import(builder->symbols, symbol, answer, query.address);
}
