/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/borrow.h"

#include <stdlib.h>

/* Borrowing. */

/* Group 0 is data, which is built only once. */
static bool can_be_inlined(const struct lzr_symbol *symbol) {
  return symbol->entity == LZR_ENTITY_FUNCTION && symbol->input &&
         !symbol->input->lazy && !symbol->input->is_platform &&
         symbol->definition && symbol->definition->group != 0;
}

struct lzr_entry *lzr_borrow_find(const struct lzr_input *input,
                                  const char *name) {
  struct lzr_symbol *symbol = lzr_map_get(&input->library->symbols, name);
  if (!symbol || symbol->input == input || !can_be_inlined(symbol))
    return NULL;
  return lzr_input_entry(symbol->input, symbol->definition);
}

bool lzr_borrow_settle(const struct lzr_entry *entry) {
  struct lzr_symbol *symbol = entry->symbol;
  const lzr_module *module = entry->input->module;
  if (symbol->definition != &module->definitions[entry - entry->input->entries])
    return false;
  symbol->settled = true;
  return true;
}

void lzr_borrow_note(struct lzr_resident *resident, struct lzr_entry **entries,
                     size_t count) {
  resident->borrowed = entries;
  resident->borrowed_count = count;
  for (size_t i = 0; i < count; i++)
    entries[i]->borrowers++;
}

void lzr_borrow_return(struct lzr_resident *resident) {
  for (size_t i = 0; i < resident->borrowed_count; i++)
    if (resident->borrowed[i])
      resident->borrowed[i]->borrowers--;
  free(resident->borrowed);
  resident->borrowed = NULL;
  resident->borrowed_count = 0;
}

/* Forgetting. */

static const struct lzr_resident *
first_resident(const struct lzr_entry *entry) {
  return entry->borrowers ? entry->input->library->all->residents : NULL;
}

static struct lzr_entry **find_borrowed(const struct lzr_resident *resident,
                                        const struct lzr_entry *entry) {
  for (size_t i = 0; i < resident->borrowed_count; i++)
    if (resident->borrowed[i] == entry)
      return &resident->borrowed[i];
  return NULL;
}

size_t lzr_borrow_count(const struct lzr_entry *entry) {
  size_t count = 0;
  for (const struct lzr_resident *i = first_resident(entry); i; i = i->next)
    if (find_borrowed(i, entry))
      count += i->input->module->definition_count;
  return count;
}

void lzr_entry_forget_body(struct lzr_entry *entry,
                           struct lzr_changes *changes) {
  struct lzr_input *input = entry->input;
  const struct lzr_definition *definition =
      &input->module->definitions[entry - input->entries];
  struct lzr_symbol *symbol = entry->symbol;
  entry->body = 0;
  lzr_workers_reset(input->library->all->workers,
                    &input->groups[definition->group].job);
  if (symbol->definition != definition)
    return;
  atomic_store(&symbol->body, 0);
  lzr_changes_add(changes, symbol);
}

static void forget_unit(const struct lzr_resident *resident,
                        struct lzr_changes *changes) {
  struct lzr_image_extent extent = lzr_image_get_extent(resident->image);
  struct lzr_input *input = resident->input;
  for (size_t i = 0; i < input->module->definition_count; i++) {
    lzr_addr body = input->entries[i].body;
    if (body >= extent.code && body < extent.code_end)
      lzr_entry_forget_body(&input->entries[i], changes);
  }
}

void lzr_borrow_forget(struct lzr_entry *entry, struct lzr_changes *changes) {
  for (const struct lzr_resident *i = first_resident(entry); i; i = i->next) {
    struct lzr_entry **borrowed = find_borrowed(i, entry);
    if (!borrowed)
      continue;
    forget_unit(i, changes);
    *borrowed = NULL;
    entry->borrowers--;
  }
}
