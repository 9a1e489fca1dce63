/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/input.h"
#include "tpc/base/memory.h"

#include <stdlib.h>

#include "runtime/symbols/lazy.h"

static lzr_error *allocate_tables(struct lzr_input *input) {
  size_t count = input->module->definition_count;
  input->entries = calloc(count + 1, sizeof *input->entries);
  input->groups = calloc(input->module->group_count, sizeof *input->groups);
  input->next_in_section = calloc(count + 1, sizeof *input->next_in_section);
  return input->entries && input->groups && input->next_in_section
             ? NULL
             : lzr_out_of_memory();
}

static lzr_error *make_symbols(struct lzr_input *input) {
  for (size_t i = 0; i < input->module->definition_count; i++) {
    input->entries[i].input = input;
    input->entries[i].symbol =
        lzr_symbol_create(input->library, input->module->definitions[i].name,
                          LZR_ENTITY_DATA); /* until it is entered */
    if (!input->entries[i].symbol)
      return lzr_out_of_memory();
  }
  return NULL;
}

/* From the last to the first, each in front of those behind it. */
static lzr_error *link_sections(struct lzr_input *input) {
  const struct lzr_definition *definitions = input->module->definitions;
  for (size_t i = input->module->definition_count; i-- > 0;) {
    const char *section = definitions[i].section;
    if (!section)
      continue;
    input->next_in_section[i] = lzr_input_first_in_section(input, section);
    if (!lzr_map_put(&input->sections, section, &input->next_in_section[i]))
      return lzr_out_of_memory();
  }
  return NULL;
}

size_t lzr_input_first_in_section(const struct lzr_input *input,
                                  const char *section) {
  const size_t *first = lzr_map_get(&input->sections, section);
  return first ? (size_t)(first - input->next_in_section)
               : input->module->definition_count;
}

/* A lazy module has no data that could be brought in. */
static lzr_error *prepare_lazy(struct lzr_input *input) {
  if (!lzr_module_is_lazy(input->module))
    return NULL;
  input->data_state = LZR_DATA_READY;
  input->lazy = lzr_lazy_state_create();
  return input->lazy ? NULL : lzr_out_of_memory();
}

lzr_error *lzr_input_create(struct lzr_library *library, lzr_module *module,
                            void (*run)(void *owner, unsigned thread,
                                        struct lzr_job *job),
                            struct lzr_input **created) {
  struct lzr_input *input = calloc(1, sizeof *input);
  if (!input) {
    lzr_module_close(module);
    return lzr_out_of_memory();
  }
  input->library = library;
  input->module = module;
  lzr_error *error = allocate_tables(input);
  if (!error)
    error = make_symbols(input);
  if (!error)
    error = link_sections(input);
  if (!error)
    error = prepare_lazy(input);
  if (error) {
    lzr_input_destroy(input);
    return error;
  }
  for (uint32_t i = 0; i < module->group_count; i++) {
    input->groups[i].job.run = run;
    input->groups[i].input = input;
    input->groups[i].number = i;
  }
  *created = input;
  return NULL;
}

struct lzr_entry *lzr_input_entry(const struct lzr_input *input,
                                  const struct lzr_definition *definition) {
  return &input->entries[definition - input->module->definitions];
}

/* Those of an input that has not been entered; all others are the session's. */
static void destroy_symbols(struct lzr_input *input) {
  size_t count =
      input->entries && !input->order ? input->module->definition_count : 0;
  for (size_t i = 0; i < count; i++)
    lzr_symbol_destroy(input->entries[i].symbol);
}

void lzr_input_destroy(struct lzr_input *input) {
  destroy_symbols(input);
  lzr_map_fini(&input->locals);
  lzr_map_fini(&input->sections);
  lzr_error_destroy(input->data_error);
  for (uint32_t i = 0; input->groups && i < input->module->group_count; i++)
    lzr_error_destroy(input->groups[i].job.error);
  lzr_module_close(input->module);
  lzr_lazy_state_destroy(input->lazy);
  free(input->groups);
  free(input->next_in_section);
  free(input->entries);
  free(input);
}
