/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/add.h"

#include "runtime/build/call.h"
#include "runtime/build/remove.h"

static void count_functions(struct lzr_counters *counters,
                            const lzr_module *module) {
  for (size_t i = 0; i < module->definition_count; i++)
    counters->functions_defined +=
        module->definitions[i].kind == LZR_DEFINITION_FUNCTION;
}

lzr_error *lzr_build_add(struct lzr_builder *builder,
                         struct lzr_library *library, lzr_module *module,
                         bool is_platform) {
  struct lzr_input *input;
  lzr_error *error = lzr_input_create(library, module, lzr_build_call, &input);
  if (error)
    return error;
  input->is_platform = is_platform;
  error = lzr_library_enter(library, input, NULL);
  if (!error && !is_platform)
    count_functions(&builder->counters, module);
  return error;
}

lzr_error *lzr_build_add_as(struct lzr_builder *builder,
                            struct lzr_library *library, lzr_module *module,
                            struct lzr_adding *adding) {
  struct lzr_input *input;
  lzr_error *error = lzr_input_create(library, module, lzr_build_call, &input);
  if (error)
    return error;
  input->removable = adding->removable;
  error = adding->replaces ? lzr_build_replace(builder, input)
                           : lzr_library_enter(library, input, NULL);
  if (error)
    return error;
  count_functions(&builder->counters, module);
  adding->input = input;
  return NULL;
}
