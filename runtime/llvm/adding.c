/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds functions whose assembly adds to a named section.
 */
#include <llvm-c/Core.h>

#include "runtime/llvm/guard.h"
#include "runtime/llvm/read.h"
#include "runtime/llvm/source_private.h"
#include "runtime/llvm/together.h"

struct section_search {
  lzr_source *source;
  const char *section;
  const char *function; /* the answer */
};

static lzr_error *run(void *data) {
  struct section_search *search = data;
  lzr_source *source = search->source;
  for (size_t i = 0; i < source->survey.count && !search->function; i++) {
    const struct lzr_definition *definition = &source->survey.definitions[i];
    LLVMValueRef function = source->survey.origins[i].value;
    if (definition->kind != LZR_DEFINITION_FUNCTION || definition->group == 0 ||
        source->taken[definition->group])
      continue;
    if (lzr_read_body(&source->reader, function) &&
        lzr_together_adds_to(function, search->section))
      search->function = definition->name;
  }
  return NULL;
}

lzr_error *lzr_source_find_adding(lzr_source *source, const char *section,
                                  const char **function) {
  struct section_search search = {.source = source, .section = section};
  *function = NULL;
  if (source->abandoned)
    return NULL;
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_FORMAT, run,
                                   &search, &source->abandoned);
  *function = search.function;
  return lzr_error_wrap(error, "%s", source->name);
}
