/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/eager.h"

#include <stdlib.h>

#include "runtime/build/call.h"
#include "runtime/build/lookup.h"
#include "runtime/symbols/lazy.h"
#include "tpc/base/memory.h"

/* So many functions go into one unit, because setting up LLVM's passes is half
   of a small function's cost. */
enum { BATCH = LZR_MAX_UNIT_GROUPS };

struct batch {
  struct lzr_job job; /* the first member */
  struct lzr_input *input;
  const uint32_t *groups; /* borrowed */
  size_t count;
  bool strict;
};

/* What failed before fails the batch as well. */
static size_t claim_groups(struct lzr_workers *workers, struct batch *batch,
                           uint32_t *claimed) {
  size_t count = 0;
  for (size_t i = 0; i < batch->count; i++) {
    struct lzr_job *job = &batch->input->groups[batch->groups[i]].job;
    if (lzr_workers_claim(workers, job))
      claimed[count++] = batch->groups[i];
    else
      batch->job.error =
          lzr_error_join(batch->job.error, lzr_workers_failure(workers, job));
  }
  return count;
}

static void build_batch(void *owner, unsigned thread, struct lzr_job *job) {
  struct lzr_builder *builder = owner;
  struct batch *batch = (struct batch *)job;
  uint32_t claimed[BATCH], groups[BATCH];
  size_t count = claim_groups(&builder->workers, batch, claimed);
  if (count == 0)
    return;
  lzr_error *failures[BATCH] = {NULL};
  for (size_t i = 0; i < count; i++)
    groups[i] = claimed[i];
  lzr_error *error = lzr_build_groups(builder, thread, batch->input, groups,
                                      count, batch->strict, failures);
  if (!job->error)
    job->error = lzr_error_copy(error);
  for (size_t i = 0; i < count; i++) {
    lzr_error *own = failures[i] ? failures[i] : lzr_error_copy(error);
    if (!job->error)
      job->error = lzr_error_copy(own);
    lzr_build_finish(builder, &batch->input->groups[claimed[i]], own);
  }
  lzr_error_destroy(error);
}

/* Under lock. Lists the input's groups that have a function which prevails,
   each once, without the data's group. *groups is owned. */
static lzr_error *list_groups(const struct lzr_input *input, uint32_t **groups,
                              size_t *count) {
  const lzr_module *module = input->module;
  bool *listed = calloc(module->group_count, sizeof *listed);
  *groups = calloc(module->group_count, sizeof **groups);
  *count = 0;
  if (!listed || !*groups) {
    free(listed);
    return lzr_out_of_memory();
  }
  for (size_t i = 0; i < module->definition_count; i++) {
    uint32_t group = module->definitions[i].group;
    if (group == 0 || module->definitions[i].kind != LZR_DEFINITION_FUNCTION ||
        input->entries[i].symbol->input != input || listed[group])
      continue;
    listed[group] = true;
    (*groups)[(*count)++] = group;
  }
  free(listed);
  return NULL;
}

/* Under lock. */
static bool has_data(const struct lzr_input *input) {
  const lzr_module *module = input->module;
  for (size_t i = 0; i < module->definition_count; i++)
    if (module->definitions[i].group == 0 &&
        input->entries[i].symbol->input == input)
      return true;
  return module->defines_more;
}

/* With check, each function is a unit of its own, so that the message can name
   the function. The messages of all functions are collected, one a line. */
static lzr_error *build_groups(struct lzr_builder *builder,
                               struct lzr_input *input, const uint32_t *groups,
                               size_t count, bool check) {
  size_t step = check ? 1 : BATCH;
  lzr_error *all = NULL;
  for (size_t i = 0; i < count && (check || !all); i += step) {
    struct batch batch = {.job = {.run = build_batch},
                          .input = input,
                          .groups = groups + i,
                          .count = count - i < step ? count - i : step,
                          .strict = check};
    all =
        lzr_error_join(all, lzr_workers_demand(&builder->workers, &batch.job));
    lzr_error_destroy(batch.job.error);
  }
  return all;
}

/* What is provided for a lazy module is an input of its own, behind all
   others. */
static lzr_error *build_input(struct lzr_builder *builder,
                              struct lzr_input *input, bool check) {
  uint32_t *groups = NULL;
  size_t count = 0;
  lzr_symbols_lock(builder->symbols);
  bool data = has_data(input);
  lzr_error *failed = list_groups(input, &groups, &count), *error = NULL;
  lzr_symbols_unlock(builder->symbols);
  if (data || (input->lazy && count > 0))
    error = lzr_workers_demand(&builder->workers, &input->groups[0].job);
  error = lzr_error_join(error, failed);
  if (!failed && !input->lazy && (check || !error))
    error = lzr_error_join(error,
                           build_groups(builder, input, groups, count, check));
  free(groups);
  return error;
}

lzr_error *lzr_build_library(struct lzr_builder *builder,
                             struct lzr_library *library, bool check) {
  lzr_error *error = NULL;
  struct lzr_input *input;
  uint64_t order = 0;
  while ((check || !error) && (input = lzr_library_pin_next(library, &order))) {
    error = lzr_error_join(error, build_input(builder, input, check));
    lzr_input_unpin(input);
  }
  return error;
}

static struct lzr_input *answer_of(const struct lzr_input *input) {
  lzr_symbols_lock(input->library->all);
  struct lzr_input *answer = lzr_lazy_answer_of(input);
  lzr_symbols_unlock(input->library->all);
  return answer;
}

lzr_error *lzr_build_input(struct lzr_builder *builder,
                           struct lzr_input *input) {
  lzr_input_pin(input);
  lzr_error *error = build_input(builder, input, false);
  struct lzr_input *answer = error ? NULL : answer_of(input);
  if (answer)
    error = build_input(builder, answer, false);
  lzr_input_unpin(input);
  return error;
}

/* What a client names. */

static lzr_error *build_pinned(struct lzr_builder *builder,
                               struct lzr_pinned_function *function) {
  lzr_addr body;
  lzr_error *error = NULL;
  if (!function->symbol)
    return NULL;
  if (!atomic_load(&function->symbol->body))
    error = lzr_build_function(builder, function->symbol, &body);
  lzr_input_unpin(function->input);
  return error;
}

/* All functions are tried; the messages of those that fail come a line each. */
static lzr_error *build_named(struct lzr_builder *builder,
                              struct lzr_library *library,
                              struct lzr_name *names, size_t count,
                              struct lzr_pinned_function *functions) {
  lzr_error *error = lzr_look_up_all(builder, library, names, count, functions);
  for (size_t i = 0; i < count; i++)
    error = lzr_error_join(error, build_pinned(builder, &functions[i]));
  return error;
}

lzr_error *lzr_build_named(struct lzr_builder *builder,
                           struct lzr_library *library,
                           const char *const *names, size_t count) {
  struct lzr_name *wanted = calloc(count + 1, sizeof *wanted);
  struct lzr_pinned_function *functions = calloc(count + 1, sizeof *functions);
  lzr_error *error = NULL;
  for (size_t i = 0; wanted && i < count; i++)
    wanted[i] = (struct lzr_name){.name = names[i], .required = true};
  if (wanted && functions)
    error = build_named(builder, library, wanted, count, functions);
  else
    error = lzr_out_of_memory();
  free(wanted);
  free(functions);
  return error;
}
