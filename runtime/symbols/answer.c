/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/answer.h"

#include <stdlib.h>

#include "runtime/symbols/bind.h"
#include "runtime/symbols/lazy.h"
#include "runtime/symbols/prevail.h"
#include "tpc/base/memory.h"

/* What an answer defines. */

/* An answer on its way into the library. */
struct answering {
  struct lzr_input *input; /* of the lazy module */
  lzr_module *code;        /* owned until it is an input; or NULL */
  struct lzr_input *answer;
  struct lzr_map by_name; /* the code's definitions that others can see */
  lzr_addr *addresses;    /* owned; one for each lazy definition */
};

static lzr_error *list_names(struct answering *answering) {
  const lzr_module *code = answering->code;
  if (!code)
    return NULL;
  if (!lzr_map_reserve(&answering->by_name, code->definition_count))
    return lzr_out_of_memory();
  for (size_t i = 0; i < code->definition_count; i++) {
    const struct lzr_definition *definition = &code->definitions[i];
    if (definition->binding != LZR_BINDING_LOCAL)
      lzr_map_put(&answering->by_name, definition->name, (void *)definition);
  }
  return NULL;
}

static lzr_error *refuse(const char *format, const char *name) {
  return lzr_error_create(LZR_ERROR_SYMBOL, format, name);
}

static bool is_variable(const struct lzr_definition *definition) {
  return lzr_entity_of(definition) == LZR_ENTITY_DATA;
}

static lzr_error *check_definition(const struct answering *answering,
                                   size_t i) {
  const struct lzr_definition *lazy = &answering->input->module->definitions[i];
  const struct lzr_definition *defined =
      lzr_map_get(&answering->by_name, lazy->name);
  bool has_address = answering->addresses[i] != 0;
  if (!defined)
    return has_address
               ? NULL
               : refuse("what was provided does not define '%s'", lazy->name);
  if (has_address)
    return refuse("'%s' was provided as code and as an address", lazy->name);
  if (is_variable(lazy) != is_variable(defined))
    return refuse(is_variable(lazy)
                      ? "'%s' was to be a variable, a function was provided"
                      : "'%s' was to be a function, a variable was provided",
                  lazy->name);
  if (defined->data_in_front)
    return refuse("function '%s' has data in front, so it cannot be provided "
                  "later than its name",
                  lazy->name);
  return NULL;
}

static lzr_error *check(const struct answering *answering) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < answering->input->module->definition_count && !error;
       i++)
    error = check_definition(answering, i);
  return error;
}

/* Other names of functions. */

/* Follows aliases as the answer's code sees them. NULL if the end is no
   function that has a stub. Under lock. */
static struct lzr_symbol *follow(const struct lzr_input *answer,
                                 const struct lzr_definition *alias) {
  for (size_t i = 0; i <= answer->module->definition_count; i++) {
    struct lzr_symbol *symbol = lzr_map_get(&answer->locals, alias->aliasee);
    if (!symbol)
      symbol = lzr_map_get(&answer->library->symbols, alias->aliasee);
    if (!symbol || symbol->entity == LZR_ENTITY_IFUNC ||
        (symbol->entity == LZR_ENTITY_FUNCTION &&
         !symbol->definition->data_in_front))
      return symbol;
    alias = symbol->definition;
    if (symbol->entity != LZR_ENTITY_ALIAS)
      break;
  }
  return NULL;
}

/* The lazy definition's stub leads to that of the function of which it is
   another name. */
static lzr_error *address_alias(struct answering *answering,
                                const struct lzr_definition *alias,
                                lzr_addr *address) {
  struct lzr_symbols *symbols = answering->input->library->all;
  pthread_mutex_lock(&symbols->lock);
  struct lzr_symbol *function = follow(answering->answer, alias), *made;
  pthread_mutex_unlock(&symbols->lock);
  if (!function)
    return refuse("'%s' is another name of a function that has no stub",
                  alias->name);
  made = function;
  lzr_error *error = lzr_symbols_make_stubs(symbols, &made, 1);
  pthread_mutex_lock(&symbols->lock);
  *address = function->address;
  if (function->input != answering->input &&
      function->input != answering->answer)
    function->mentions++; /* its stub must stay when its module goes */
  pthread_mutex_unlock(&symbols->lock);
  return error;
}

static lzr_error *address_aliases(struct answering *answering) {
  const lzr_module *lazy = answering->input->module;
  lzr_error *error = NULL;
  for (size_t i = 0; i < lazy->definition_count && !error; i++) {
    const struct lzr_definition *defined =
        lzr_map_get(&answering->by_name, lazy->definitions[i].name);
    if (defined && lzr_entity_of(defined) == LZR_ENTITY_ALIAS)
      error = address_alias(answering, defined, &answering->addresses[i]);
  }
  return error;
}

/* Addresses. */

/* Under lock. Bound by the next first call. */
static void set_address(struct answering *answering, size_t i) {
  const struct lzr_definition *definition =
      &answering->input->module->definitions[i];
  struct lzr_entry *entry = &answering->input->entries[i];
  struct lzr_symbol *symbol = entry->symbol;
  lzr_addr address = answering->addresses[i];
  if (!address)
    return;
  entry->body = address;
  if (symbol->definition != definition)
    return;
  symbol->settled = true;
  if (is_variable(definition)) {
    symbol->address = address;
    symbol->entity = LZR_ENTITY_ABSOLUTE;
  } else {
    atomic_store_explicit(&symbol->body, address, memory_order_release);
  }
}

static void set_addresses(struct answering *answering) {
  struct lzr_input *input = answering->input;
  struct lzr_symbols *symbols = input->library->all;
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < input->module->definition_count; i++)
    set_address(answering, i);
  pthread_mutex_unlock(&symbols->lock);
}

/* All. */

static void note_answered(struct answering *answering) {
  struct lzr_symbols *symbols = answering->input->library->all;
  pthread_mutex_lock(&symbols->lock);
  answering->input->lazy->answer = answering->answer;
  answering->input->lazy->answered = true;
  pthread_mutex_unlock(&symbols->lock);
}

/* Takes the code. */
static lzr_error *enter(struct answering *answering) {
  struct lzr_input *input = answering->input;
  lzr_module *code = answering->code;
  answering->code = NULL;
  if (!code)
    return NULL;
  lzr_error *error = lzr_input_create(
      input->library, code, input->groups[0].job.run, &answering->answer);
  if (error)
    return error;
  answering->answer->answers = input;
  answering->answer->removable = input->removable;
  return lzr_library_enter(input->library, answering->answer, NULL);
}

static lzr_error *answer(struct answering *answering, const char *name) {
  lzr_module *lazy = answering->input->module;
  answering->addresses =
      calloc(lazy->definition_count + 1, sizeof *answering->addresses);
  if (!answering->addresses)
    return lzr_out_of_memory();
  lzr_error *error =
      lzr_module_provide(lazy, name, &answering->code, answering->addresses);
  if (!error)
    error = list_names(answering);
  if (!error)
    error = check(answering);
  if (!error)
    error = enter(answering);
  if (error)
    return error;
  note_answered(answering);
  error = address_aliases(answering);
  set_addresses(answering);
  return error;
}

static lzr_error *ask(struct lzr_input *input, const char *name) {
  struct answering answering = {.input = input};
  lzr_error *error = answer(&answering, name);
  lzr_module_close(answering.code);
  lzr_map_fini(&answering.by_name);
  free(answering.addresses);
  return error;
}

lzr_error *lzr_lazy_answer(struct lzr_input *input,
                           const struct lzr_definition *needed) {
  struct lzr_lazy_state *state = input->lazy;
  pthread_mutex_lock(&state->lock);
  if (!state->asked)
    state->error = ask(input, needed->name);
  state->asked = true;
  lzr_error *error = lzr_error_copy(state->error);
  pthread_mutex_unlock(&state->lock);
  return lzr_error_wrap(error, "%s: %s '%s'", input->module->name,
                        is_variable(needed) ? "variable" : "function",
                        needed->name);
}
