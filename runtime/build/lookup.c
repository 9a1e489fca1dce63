/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/lookup.h"

#include <stddef.h>
#include <stdlib.h>

#include "runtime/build/worklist.h"
#include "runtime/symbols/answer.h"
#include "runtime/symbols/bind.h"
#include "tpc/base/memory.h"

struct lookup {
  struct lzr_job job; /* the first member */
  struct lzr_input *input;
  struct lzr_library *library;
  const char *name;
  const struct lzr_signature *signature; /* to be called with, or NULL */
  lzr_addr address;
};

/* Finds what the resolution asks for, which its caller ends. */
static lzr_error *find(struct lzr_builder *builder, unsigned thread,
                       struct lzr_resolution *resolution) {
  struct lzr_worklist list;
  lzr_error *error = lzr_resolution_init(resolution);
  if (error)
    return error;
  lzr_worklist_init(&list, builder, thread);
  error = lzr_worklist_resolve(&list, resolution);
  struct lzr_input_set depends = list.asker.depends;
  list.asker.depends = (struct lzr_input_set){NULL, 0};
  lzr_worklist_finish(&list);
  if (!error)
    error = lzr_worklist_check(&depends);
  lzr_input_set_fini(&depends);
  return error;
}

static struct lzr_resolution ask_for(struct lzr_input *input,
                                     struct lzr_library *library,
                                     struct lzr_query *queries, size_t count) {
  return (struct lzr_resolution){.input = input,
                                 .library = library,
                                 .asking = "lookup",
                                 .strict = true,
                                 .queries = queries,
                                 .count = count};
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

/* symbol: NULL if the name was found nowhere. */
static lzr_error *check_symbol(struct lzr_symbols *symbols,
                               const struct lzr_symbol *symbol,
                               const char *name) {
  if (!symbol)
    return lzr_error_create(LZR_ERROR_SYMBOL, "symbol '%s' is not defined",
                            name);
  pthread_mutex_lock(&symbols->lock);
  bool tls = symbol->definition && symbol->definition->tls;
  pthread_mutex_unlock(&symbols->lock);
  return tls ? lzr_error_create(LZR_ERROR_UNSUPPORTED,
                                "symbol '%s' is thread-local: each thread has "
                                "another address for it",
                                name)
             : NULL;
}

static void look_up(void *owner, unsigned thread, struct lzr_job *job) {
  struct lzr_builder *builder = owner;
  struct lookup *lookup = (struct lookup *)job;
  struct lzr_query query = {.name = lookup->name};
  struct lzr_resolution resolution =
      ask_for(lookup->input, lookup->library, &query, 1);
  lzr_error *error = find(builder, thread, &resolution);
  if (!error)
    error = check_symbol(builder->symbols, resolution.wanted[0].symbol,
                         lookup->name);
  if (!error && lookup->signature)
    error = check_signature(builder->symbols, thread,
                            resolution.wanted[0].symbol, lookup->signature);
  lookup->address = query.address;
  job->error = error;
  lzr_resolution_fini(&resolution);
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

/* Several names. */

struct bulk {
  struct lzr_job job; /* the first member */
  struct lzr_library *library;
  struct lzr_name *names;
  size_t count;
  struct lzr_pinned_function *functions; /* one for each name, or NULL */
};

static struct lzr_query *list_queries(const struct bulk *bulk) {
  struct lzr_query *queries = calloc(bulk->count + 1, sizeof *queries);
  for (size_t i = 0; queries && i < bulk->count; i++)
    queries[i] = (struct lzr_query){.name = bulk->names[i].name,
                                    .weak = !bulk->names[i].required};
  return queries;
}

/* All that is wrong, a line each. */
static lzr_error *take_addresses(struct lzr_symbols *symbols, struct bulk *bulk,
                                 const struct lzr_resolution *resolution) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < bulk->count; i++) {
    const struct lzr_symbol *symbol = resolution->wanted[i].symbol;
    if (symbol || bulk->names[i].required)
      error = lzr_error_join(
          error, check_symbol(symbols, symbol, bulk->names[i].name));
    bulk->names[i].address = resolution->queries[i].address;
  }
  return error;
}

/* No module is removed while a job runs. */
static void pin_functions(struct lzr_symbols *symbols, struct bulk *bulk,
                          const struct lzr_resolution *resolution) {
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; bulk->functions && i < bulk->count; i++) {
    struct lzr_symbol *symbol = resolution->answers[i];
    if (!symbol || symbol->entity != LZR_ENTITY_FUNCTION)
      continue;
    bulk->functions[i] = (struct lzr_pinned_function){symbol, symbol->input};
    symbol->input->pins++;
  }
  pthread_mutex_unlock(&symbols->lock);
}

static void look_up_all(void *owner, unsigned thread, struct lzr_job *job) {
  struct lzr_builder *builder = owner;
  struct bulk *bulk = (struct bulk *)job;
  struct lzr_query *queries = list_queries(bulk);
  if (!queries) {
    job->error = lzr_out_of_memory();
    return;
  }
  struct lzr_resolution resolution =
      ask_for(NULL, bulk->library, queries, bulk->count);
  job->error = find(builder, thread, &resolution);
  if (!job->error)
    job->error = take_addresses(builder->symbols, bulk, &resolution);
  if (!job->error)
    pin_functions(builder->symbols, bulk, &resolution);
  lzr_resolution_fini(&resolution);
  free(queries);
}

lzr_error *lzr_look_up_all(struct lzr_builder *builder,
                           struct lzr_library *library, struct lzr_name *names,
                           size_t count,
                           struct lzr_pinned_function *functions) {
  struct bulk bulk = {.job = {.run = look_up_all},
                      .library = library,
                      .names = names,
                      .count = count,
                      .functions = functions};
  lzr_error *error = lzr_workers_demand(&builder->workers, &bulk.job);
  lzr_error_destroy(bulk.job.error);
  for (size_t i = 0; error && i < count; i++)
    names[i].address = 0;
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
  struct lzr_symbol *symbol = symbol_of(job);
  struct lzr_query query = {.name = symbol->name};
  struct lzr_resolution resolution =
      ask_for(symbol->input, symbol->library, &query, 1);
  lzr_error *error = find(builder, thread, &resolution);
  if (!error && !resolution.wanted[0].symbol)
    error = refuse_import(symbol);
  if (!error)
    lzr_symbol_bind_import(builder->symbols, symbol, resolution.answers[0],
                           query.address);
  job->error = error;
  lzr_resolution_fini(&resolution);
}
