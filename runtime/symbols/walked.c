/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/walked.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"

struct lzr_walked_section {
  struct lzr_walked_section *next;
  const struct lzr_library *library;
  char name[];
};

static bool is_checked(struct lzr_symbols *symbols,
                       const struct lzr_library *library, const char *name) {
  pthread_mutex_lock(&symbols->lock);
  const struct lzr_walked_section *section = symbols->walked_sections;
  while (section &&
         (section->library != library || strcmp(section->name, name) != 0))
    section = section->next;
  pthread_mutex_unlock(&symbols->lock);
  return section != NULL;
}

static lzr_error *note_checked(struct lzr_symbols *symbols,
                               const struct lzr_library *library,
                               const char *name) {
  size_t size = strlen(name) + 1;
  struct lzr_walked_section *section = malloc(sizeof *section + size);
  if (section) {
    section->library = library;
    memcpy(section->name, name, size);
  }
  pthread_mutex_lock(&symbols->lock);
  bool kept = lzr_symbols_keep(symbols, section);
  if (kept) {
    section->next = symbols->walked_sections;
    symbols->walked_sections = section;
  }
  pthread_mutex_unlock(&symbols->lock);
  return kept ? NULL : lzr_out_of_memory();
}

static lzr_error *check_input(struct lzr_asker *asker, struct lzr_input *input,
                              const char *name) {
  const char *function;
  lzr_error *error =
      lzr_module_find_adding(input->module, asker->thread, name, &function);
  if (!error && function)
    error =
        lzr_error_create(LZR_ERROR_UNSUPPORTED,
                         "%s: the assembly of function '%s' adds to section "
                         "'%s', which another module walks through; link "
                         "the two into one first",
                         input->module->name, function, name);
  return error;
}

lzr_error *lzr_walked_check(struct lzr_asker *asker,
                            struct lzr_library *library, const char *symbol) {
  const char *name = strstr(symbol + 2, "_") + 1; /* behind __start_, __stop_ */
  lzr_error *error = NULL;
  struct lzr_input *input;
  if (is_checked(asker->symbols, library, name))
    return NULL;
  for (size_t i = 0;
       !error && (input = lzr_symbols_input_at(asker->symbols, i)); i++)
    if (input->library == library)
      error = check_input(asker, input, name);
  /* What the assembly of several modules adds shows in the objects of their
     data. */
  if (!error)
    error = lzr_asker_need_all_data(asker, library);
  if (!error && !asker->needs.count)
    error = note_checked(asker->symbols, library, name);
  return error;
}
