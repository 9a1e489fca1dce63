/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/remove.h"

#include "runtime/symbols/bind.h"
#include "runtime/symbols/forget.h"
#include "runtime/symbols/lazy.h"
#include "runtime/symbols/prevail.h"
#include "runtime/symbols/resident.h"
#include "tpc/base/memory.h"

/* What cannot be removed. */

static lzr_error *refuse(const struct lzr_input *input, const char *why) {
  return lzr_error_create(LZR_ERROR_ARGUMENT, "%s: cannot be removed: %s",
                          input->module->name, why);
}

static const struct lzr_resident *find_user(const struct lzr_input *input,
                                            const struct lzr_symbol *symbol) {
  const struct lzr_resident *resident = input->library->all->residents;
  for (; resident; resident = resident->next)
    for (size_t i = 0; i < resident->mention_count; i++)
      if (resident->input != input && resident->mentions[i] == symbol)
        return resident;
  return NULL;
}

static lzr_error *refuse_used(const struct lzr_input *input,
                              const struct lzr_symbol *symbol) {
  const struct lzr_resident *user = find_user(input, symbol);
  return lzr_error_create(
      LZR_ERROR_ARGUMENT, "%s: cannot be removed: code of %s uses its '%s'",
      input->module->name, user ? user->input->module->name : "another module",
      symbol->name);
}

/* A function of a definition, with a stub, can be mentioned by others. */
static bool is_used(const struct lzr_input *input,
                    const struct lzr_symbol *symbol) {
  return symbol->input == input && symbol->mentions > 0 && !symbol->has_stub;
}

/* What the input itself mentions is not counted. */
static lzr_error *check_uses(const struct lzr_input *input) {
  for (size_t i = 0; i < input->module->definition_count; i++)
    if (is_used(input, input->entries[i].symbol))
      return refuse_used(input, input->entries[i].symbol);
  for (const struct lzr_symbol *i = input->further; i; i = i->next_import)
    if (is_used(input, i))
      return refuse_used(input, i);
  return NULL;
}

static void count_mentions(const struct lzr_input *input, int step) {
  for (const struct lzr_resident *i = input->residents; i; i = i->next_of_input)
    for (size_t j = 0; j < i->mention_count; j++)
      i->mentions[j]->mentions += (uint32_t)step;
  for (const struct lzr_symbol *i = input->library->all->imports; i;
       i = i->next_import)
    if (i->found && i->found->input == input)
      i->found->mentions += (uint32_t)step;
}

static lzr_error *check_registered(const struct lzr_input *input) {
  for (const struct lzr_resident *i = input->residents; i; i = i->next_of_input)
    if (i->registers)
      return lzr_error_create(LZR_ERROR_ARGUMENT,
                              "%s: cannot be removed: it may have registered "
                              "functions with %s(), to be called later",
                              input->module->name, i->registers);
  return NULL;
}

static lzr_error *check_one(const struct lzr_input *input) {
  if (input->pins)
    return refuse(input, "a thread is initializing or compiling it");
  if (input->shown != LZR_SHOWN_NOTHING)
    return refuse(input, "its names have been shown to shared libraries");
  return check_registered(input);
}

/* What the two mention of each other is not counted. */
lzr_error *lzr_removal_check(struct lzr_input *input) {
  const struct lzr_input *answer = lzr_lazy_answer_of(input);
  lzr_error *error = check_one(input);
  if (!error && answer)
    error = check_one(answer);
  if (error)
    return error;
  count_mentions(input, -1);
  if (answer)
    count_mentions(answer, -1);
  error = check_uses(input);
  if (!error && answer)
    error = check_uses(answer);
  count_mentions(input, 1);
  if (answer)
    count_mentions(answer, 1);
  return error;
}

/* Room. */

static size_t count_imports(const struct lzr_symbol *import) {
  size_t count = 0;
  for (; import; import = import->next_import)
    count++;
  return count;
}

static size_t count_borrowers(const struct lzr_input *input) {
  size_t count = 0;
  for (size_t i = 0; i < input->module->definition_count; i++)
    count += lzr_forget_count(&input->entries[i]);
  return count;
}

lzr_error *lzr_removal_reserve(struct lzr_changes *changes,
                               struct lzr_input *input) {
  size_t count = input->module->definition_count;
  if (!lzr_map_reserve(&input->library->imports, count))
    return lzr_out_of_memory();
  return lzr_changes_reserve(
      changes, count + count_borrowers(input) + count_imports(input->further) +
                   count_imports(input->library->all->imports));
}

/* Names. */

static void remove_name(struct lzr_map *map, const struct lzr_symbol *symbol) {
  if (lzr_map_get(map, symbol->name) == symbol)
    lzr_map_remove(map, symbol->name);
}

static void unlink_entry(struct lzr_entry *entry) {
  struct lzr_entry **i = &entry->symbol->entries;
  while (*i != entry)
    i = &(*i)->next;
  *i = entry->next;
}

/* The symbol's definition has gone. */
static void replace_or_orphan(struct lzr_symbol *symbol,
                              struct lzr_changes *changes) {
  if (!symbol->has_stub)
    symbol->address = symbol->tls_module = symbol->tls_offset = 0;
  if (!lzr_symbol_succeed(symbol)) {
    remove_name(&symbol->library->symbols, symbol);
    lzr_symbol_become_import(symbol);
  }
  lzr_changes_add(changes, symbol);
}

static void remove_definition(struct lzr_entry *entry,
                              const struct lzr_definition *definition,
                              struct lzr_changes *changes) {
  struct lzr_symbol *symbol = entry->symbol;
  lzr_forget_borrowed(entry, changes);
  unlink_entry(entry);
  if (definition->binding == LZR_BINDING_LOCAL)
    lzr_changes_drop(changes, symbol);
  else if (symbol->definition == definition)
    replace_or_orphan(symbol, changes);
}

static void remove_further(struct lzr_input *input,
                           struct lzr_changes *changes) {
  while (input->further) {
    struct lzr_symbol *symbol = input->further;
    input->further = symbol->next_import;
    remove_name(&input->library->symbols, symbol);
    lzr_changes_drop(changes, symbol);
  }
}

/* Imports. */

static void forget_module(const struct lzr_input *input,
                          struct lzr_changes *changes) {
  for (struct lzr_symbol *i = input->library->all->imports; i;
       i = i->next_import) {
    if (i->input == input)
      i->input = NULL;
    if (!i->found || i->found->input != input)
      continue;
    lzr_symbol_unbind_import(i);
    lzr_changes_add(changes, i);
  }
}

/* Imports that no code mentions any more, and symbols without a definition that
   no code mentions. */
static void sweep_imports(struct lzr_symbols *symbols,
                          struct lzr_changes *changes) {
  struct lzr_symbol *next;
  for (struct lzr_symbol *i = symbols->imports; i; i = next) {
    next = i->next_import;
    if (i->mentions > 0 || i->entries)
      continue;
    lzr_symbol_unbind_import(i);
    remove_name(&i->library->imports, i);
    lzr_changes_drop(changes, i);
  }
}

/* All. */

static void remove_input(struct lzr_input *input) {
  struct lzr_symbols *symbols = input->library->all;
  size_t at = 0;
  while (symbols->inputs[at] != input)
    at++;
  symbols->input_count--;
  for (; at < symbols->input_count; at++)
    symbols->inputs[at] = symbols->inputs[at + 1];
  input->library->assembly_count -= input->module->defines_more;
}

static void take_residents(struct lzr_input *input,
                           struct lzr_changes *changes) {
  while (input->residents) {
    struct lzr_resident *resident = input->residents;
    lzr_resident_detach(resident);
    input->residents = resident->next_of_input;
    resident->next_of_input = changes->residents;
    changes->residents = resident;
  }
}

void lzr_input_take_out(struct lzr_input *input, struct lzr_changes *changes) {
  const lzr_module *module = input->module;
  forget_module(input, changes);
  take_residents(input, changes);
  for (size_t i = 0; i < module->definition_count; i++)
    remove_definition(&input->entries[i], &module->definitions[i], changes);
  remove_further(input, changes);
  sweep_imports(input->library->all, changes);
  remove_input(input);
}
