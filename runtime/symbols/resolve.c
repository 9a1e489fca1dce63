/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/resolve.h"

#include <stdlib.h>

#include "runtime/support/trace.h"
#include "runtime/symbols/answer.h"
#include "runtime/symbols/bind.h"
#include "tpc/base/memory.h"

lzr_error *lzr_resolution_init(struct lzr_resolution *resolution) {
  size_t count = resolution->count;
  resolution->wanted = calloc(count + 1, sizeof *resolution->wanted);
  resolution->answers = calloc(count + 1, sizeof *resolution->answers);
  if (!resolution->wanted || !resolution->answers)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count; i++)
    resolution->wanted[i] =
        (struct lzr_wanted){.name = resolution->queries[i].name,
                            .tls = resolution->queries[i].tls,
                            .weak = resolution->queries[i].weak};
  resolution->finding.wanted = resolution->wanted;
  resolution->finding.count = count;
  return NULL;
}

void lzr_resolution_fini(struct lzr_resolution *resolution) {
  free(resolution->wanted);
  free(resolution->answers);
  resolution->wanted = NULL;
  resolution->answers = NULL;
}

static struct lzr_symbol look_at(struct lzr_symbols *symbols,
                                 const struct lzr_symbol *symbol) {
  pthread_mutex_lock(&symbols->lock);
  struct lzr_symbol seen = {.entity = symbol->entity,
                            .library = symbol->library,
                            .input = symbol->input,
                            .definition = symbol->definition,
                            .has_stub = symbol->has_stub};
  pthread_mutex_unlock(&symbols->lock);
  return seen;
}

/* Whether the symbol is placed with its module's data: a variable, or a
   function whose address is the address of its code. */
static bool is_placed(const struct lzr_symbol *seen) {
  return seen->entity == LZR_ENTITY_DATA ||
         (seen->entity == LZR_ENTITY_FUNCTION &&
          seen->definition->data_in_front && !seen->has_stub);
}

/* Aliases. */

static lzr_error *find_aliasee(struct lzr_asker *asker,
                               const struct lzr_symbol *symbol,
                               const struct lzr_symbol *seen,
                               struct lzr_symbol **aliasee) {
  struct lzr_wanted wanted = {.name = seen->definition->aliasee};
  struct lzr_finding finding = {.wanted = &wanted, .count = 1};
  lzr_error *error = lzr_find(asker, seen->input, seen->library, &finding);
  if (!error && !asker->needs.count &&
      (!wanted.symbol || wanted.symbol == symbol))
    error = lzr_error_create(LZR_ERROR_SYMBOL,
                             "'%s' is another name of '%s', which is not "
                             "defined",
                             symbol->name, seen->definition->aliasee);
  *aliasee = wanted.symbol;
  return error;
}

static void note_followed(struct lzr_symbols *symbols,
                          struct lzr_symbol *alias) {
  pthread_mutex_lock(&symbols->lock);
  alias->followed = true;
  pthread_mutex_unlock(&symbols->lock);
}

/* Follows a chain of aliases to its end. */
static lzr_error *follow_aliases(struct lzr_asker *asker,
                                 struct lzr_symbol **symbol) {
  for (;;) {
    struct lzr_symbol seen = look_at(asker->symbols, *symbol), *aliasee;
    bool is_alias = seen.entity == LZR_ENTITY_ALIAS;
    if (!is_alias && seen.entity != LZR_ENTITY_IFUNC)
      return NULL;
    if (is_alias)
      note_followed(asker->symbols, *symbol);
    lzr_error *error = find_aliasee(asker, *symbol, &seen, &aliasee);
    if (error || asker->needs.count)
      return error;
    /* An ifunc names its resolver, or the ifunc that it is an alias of. */
    if (!is_alias &&
        look_at(asker->symbols, aliasee).entity != LZR_ENTITY_IFUNC)
      return NULL;
    *symbol = aliasee;
  }
}

/* A variable of which only the name is known: whoever knows more is asked
   now. */
static lzr_error *need_definition(struct lzr_asker *asker,
                                  const struct lzr_symbol *symbol) {
  struct lzr_symbol seen = look_at(asker->symbols, symbol);
  return seen.entity == LZR_ENTITY_DATA && seen.input->lazy
             ? lzr_lazy_answer(seen.input, seen.definition)
             : NULL;
}

/* What must be in the target before a query can be answered. */

/* A symbol that the unit defines and that has no stub stays where the unit has
   it. */
static bool defines_data(struct lzr_symbols *symbols,
                         const struct lzr_resolution *resolution,
                         const struct lzr_symbol *symbol,
                         const struct lzr_query *query) {
  if (!query->defined)
    return false;
  struct lzr_symbol seen = look_at(symbols, symbol);
  return seen.input == resolution->input && is_placed(&seen);
}

/* A function that is nowhere may be added to the library before it is called.
   So the unit that mentions it gets a stub whose first call searches again. */
static bool may_come_later(const struct lzr_resolution *resolution,
                           const struct lzr_query *query) {
  return !query->weak && !query->defined && query->called_only &&
         !resolution->strict;
}

static lzr_error *make_import(struct lzr_asker *asker,
                              const struct lzr_resolution *resolution,
                              const char *name, struct lzr_symbol **symbol) {
  pthread_mutex_lock(&asker->symbols->lock);
  lzr_error *error = lzr_symbols_make_import(resolution->input, name,
                                             resolution->asking, symbol);
  pthread_mutex_unlock(&asker->symbols->lock);
  return error;
}

static lzr_error *choose(struct lzr_asker *asker,
                         const struct lzr_resolution *resolution) {
  struct lzr_symbol **answers = resolution->answers;
  lzr_error *error = NULL;
  for (size_t i = 0; i < resolution->count && !error && !asker->needs.count;
       i++) {
    const struct lzr_query *query = &resolution->queries[i];
    struct lzr_symbol *symbol = resolution->wanted[i].symbol;
    if (!symbol && may_come_later(resolution, query))
      error = make_import(asker, resolution, query->name, &symbol);
    if (error || !symbol ||
        defines_data(asker->symbols, resolution, symbol, query))
      continue;
    error = follow_aliases(asker, &symbol);
    if (!error && !asker->needs.count)
      error = need_definition(asker, symbol);
    answers[i] = symbol;
  }
  return error;
}

/* Collects the needs of all answers. */
static lzr_error *need_data(struct lzr_asker *asker,
                            struct lzr_symbol *const *answers, size_t count) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < count && !error; i++) {
    if (!answers[i])
      continue;
    struct lzr_symbol seen = look_at(asker->symbols, answers[i]);
    if (is_placed(&seen))
      error = lzr_asker_need_data(asker, seen.input);
  }
  return error;
}

/* Answers. */

static bool wants_stub(struct lzr_symbols *symbols,
                       const struct lzr_symbol *symbol) {
  struct lzr_symbol seen = look_at(symbols, symbol);
  switch (seen.entity) {
  case LZR_ENTITY_FUNCTION:
    return !is_placed(&seen);
  case LZR_ENTITY_IFUNC:
  case LZR_ENTITY_IMPORT:
    return true;
  default:
    return false;
  }
}

static lzr_error *make_stubs(struct lzr_asker *asker,
                             struct lzr_symbol *const *answers, size_t count) {
  struct lzr_symbol **functions = calloc(count + 1, sizeof *functions);
  if (!functions)
    return lzr_out_of_memory();
  size_t function_count = 0;
  for (size_t i = 0; i < count; i++)
    if (answers[i] && wants_stub(asker->symbols, answers[i]))
      functions[function_count++] = answers[i];
  lzr_error *error =
      lzr_symbols_make_stubs(asker->symbols, functions, function_count);
  free(functions);
  return error;
}

/* In a linked program this is one section. Here it is in several pieces: it
   contains functions, or data of a module that was added after the other
   modules' data had been placed. */
static lzr_error *refuse_divided(const struct lzr_symbol *symbol) {
  return lzr_error_create(
      LZR_ERROR_UNSUPPORTED,
      "'%s' is the start or stop of a section that lies in several pieces; "
      "link its modules into one first",
      symbol->name);
}

static lzr_error *refuse_missing(const struct lzr_symbol *symbol) {
  return lzr_error_create(
      LZR_ERROR_COMPILE, "%s: no definition of '%s' was generated",
      symbol->input ? symbol->input->module->name : symbol->library->name,
      symbol->name);
}

/* Under lock. */
static lzr_error *answer(const struct lzr_symbol *symbol,
                         struct lzr_query *query) {
  if (symbol->is_divided)
    return refuse_divided(symbol);
  if (!symbol->address && is_placed(symbol))
    return refuse_missing(symbol);
  query->found = true;
  query->address = symbol->address;
  query->slot = symbol->has_stub ? symbol->lazy.call_word : 0;
  query->tls_module = symbol->tls_module;
  query->tls_offset = symbol->tls_offset;
  return NULL;
}

static lzr_error *answer_all(struct lzr_asker *asker,
                             struct lzr_resolution *resolution,
                             struct lzr_symbol *const *answers) {
  lzr_error *error = NULL;
  pthread_mutex_lock(&asker->symbols->lock);
  for (size_t i = 0; i < resolution->count && !error; i++)
    if (answers[i])
      error = answer(answers[i], &resolution->queries[i]);
  pthread_mutex_unlock(&asker->symbols->lock);
  return error;
}

static void trace_answers(const struct lzr_resolution *resolution) {
  for (size_t i = 0; i < resolution->count; i++)
    if (resolution->queries[i].found)
      lzr_trace(LZR_TRACE_LINK, "%s: %s is at %#llx", resolution->asking,
                resolution->queries[i].name,
                (unsigned long long)resolution->queries[i].address);
}

static lzr_error *resolve(struct lzr_asker *asker,
                          struct lzr_resolution *resolution) {
  struct lzr_symbol **answers = resolution->answers;
  lzr_error *error = choose(asker, resolution);
  if (!error && !asker->needs.count)
    error = need_data(asker, answers, resolution->count);
  if (error || asker->needs.count)
    return error;
  error = make_stubs(asker, answers, resolution->count);
  if (!error)
    error = answer_all(asker, resolution, answers);
  if (!error && lzr_trace_topics & LZR_TRACE_LINK)
    trace_answers(resolution);
  return error;
}

lzr_error *lzr_resolve(struct lzr_asker *asker,
                       struct lzr_resolution *resolution) {
  lzr_error *error = lzr_find(asker, resolution->input, resolution->library,
                              &resolution->finding);
  if (error || asker->needs.count)
    return error;
  return resolve(asker, resolution);
}
