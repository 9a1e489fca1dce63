/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/adopt.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

struct adopted {
  struct lzr_symbol **symbols; /* owned; entries are borrowed */
  struct lzr_name *names;      /* owned; one for each symbol */
  size_t count;
};

/* Under lock, as the next two. */
static bool is_adoptable(const struct lzr_input *input,
                         const struct lzr_symbol *symbol) {
  const struct lzr_definition *definition = symbol->definition;
  return symbol->input == input && definition && definition->vague &&
         !definition->hidden && !symbol->settled && !symbol->address;
}

static size_t collect(const struct lzr_library *library,
                      struct adopted *adopted) {
  const struct lzr_symbols *symbols = library->all;
  size_t count = 0;
  for (size_t i = 0; i < symbols->input_count; i++) {
    struct lzr_input *input = symbols->inputs[i];
    size_t definitions =
        input->library == library ? input->module->definition_count : 0;
    for (size_t j = 0; j < definitions; j++) {
      struct lzr_symbol *symbol = input->entries[j].symbol;
      if (!is_adoptable(input, symbol))
        continue;
      if (adopted) {
        adopted->symbols[count] = symbol;
        adopted->names[count] =
            (struct lzr_name){.name = symbol->name,
                              .thread_local_storage = symbol->definition->tls};
      }
      count++;
    }
  }
  return count;
}

static lzr_error *list(struct lzr_library *library, struct adopted *adopted) {
  lzr_symbols_lock(library->all);
  size_t count = collect(library, NULL);
  adopted->symbols = calloc(count + 1, sizeof *adopted->symbols);
  adopted->names = calloc(count + 1, sizeof *adopted->names);
  if (adopted->symbols && adopted->names)
    adopted->count = collect(library, adopted);
  lzr_symbols_unlock(library->all);
  return adopted->symbols && adopted->names ? NULL : lzr_out_of_memory();
}

/* Under lock. A thread may have used the definition meanwhile. */
static void adopt(struct lzr_symbol *symbol, const struct lzr_name *name) {
  if (!name->address || !is_adoptable(symbol->input, symbol))
    return;
  symbol->entity = LZR_ENTITY_ABSOLUTE;
  symbol->input = NULL;
  symbol->definition = NULL;
  symbol->address = name->address;
  symbol->tls_module = name->tls_module;
  symbol->tls_offset = name->tls_offset;
}

static void adopt_all(struct lzr_library *library,
                      const struct adopted *adopted) {
  lzr_symbols_lock(library->all);
  for (size_t i = 0; i < adopted->count; i++)
    adopt(adopted->symbols[i], &adopted->names[i]);
  lzr_symbols_unlock(library->all);
}

lzr_error *lzr_library_adopt(struct lzr_library *library,
                             lzr_library_handle handle) {
  struct adopted adopted = {NULL, NULL, 0};
  lzr_error *error = list(library, &adopted);
  if (!error && adopted.count)
    error =
        lzr_tpc_lookup(library->all->tpc, handle, adopted.names, adopted.count);
  if (!error)
    adopt_all(library, &adopted);
  free(adopted.symbols);
  free(adopted.names);
  return error;
}
