/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/forget.h"

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

size_t lzr_forget_count(const struct lzr_entry *entry) {
  size_t count = 0;
  for (const struct lzr_resident *i = first_resident(entry); i; i = i->next)
    if (find_borrowed(i, entry))
      count += i->input->module->definition_count;
  return count;
}

void lzr_forget_body(struct lzr_entry *entry, struct lzr_changes *changes) {
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
      lzr_forget_body(&input->entries[i], changes);
  }
}

void lzr_forget_borrowed(struct lzr_entry *entry, struct lzr_changes *changes) {
  for (const struct lzr_resident *i = first_resident(entry); i; i = i->next) {
    struct lzr_entry **borrowed = find_borrowed(i, entry);
    if (!borrowed)
      continue;
    forget_unit(i, changes);
    *borrowed = NULL;
    entry->borrowers--;
  }
}
