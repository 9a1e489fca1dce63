/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/borrow.h"

#include <stdlib.h>

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
