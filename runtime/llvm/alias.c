/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/alias.h"

#include <llvm-c/Core.h>

bool lzr_prevails_ask(const struct lzr_prevails *prevails,
                      const struct lzr_definition *definition) {
  return !prevails || prevails->prevails(prevails->data, definition);
}

static bool is_final(const struct lzr_definition *definition) {
  return definition->binding == LZR_BINDING_LOCAL ||
         definition->binding == LZR_BINDING_STRONG;
}

/* Both the alias and what it stands for must prevail. If another definition of
   the alias does, its address is elsewhere; if another definition of what it
   stands for does, this module's content has no other name than the alias. */
bool lzr_alias_is_other_name(const lzr_source *source,
                             const struct lzr_prevails *prevails,
                             LLVMValueRef global) {
  const struct lzr_survey *survey = &source->survey;
  if (!LLVMIsAGlobalAlias(global))
    return false;
  size_t index = lzr_survey_find(survey, global);
  const struct lzr_origin *origin = &survey->origins[index];
  const struct lzr_definition *alias = &survey->definitions[index];
  const struct lzr_definition *base =
      &survey->definitions[lzr_survey_find(survey, origin->base)];
  if (is_final(alias) && is_final(base))
    return true;
  return base->kind == LZR_DEFINITION_DATA &&
         lzr_prevails_ask(prevails, alias) && lzr_prevails_ask(prevails, base);
}
