/*
 * Compiling everything at once: --eager, and --check.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"

/* Functions that go into one unit: setting up LLVM's passes is half of a small
   function's cost. */
enum { BATCH = 32 };

struct batch {
  struct lzr_job job; /* the first member */
  struct lzr_module *module;
  const uint32_t *groups; /* borrowed */
  size_t count;
  bool strict;
};

static size_t claim_groups(struct lzr_worker *worker, const struct batch *batch,
                           uint32_t *claimed) {
  size_t count = 0;
  for (size_t i = 0; i < batch->count; i++)
    if (lzr_workers_claim(&worker->session->workers,
                          &batch->module->groups[batch->groups[i]].job))
      claimed[count++] = batch->groups[i];
  return count;
}

static void compile_batch(struct lzr_worker *worker, struct lzr_job *job) {
  struct batch *batch = (struct batch *)job;
  uint32_t claimed[BATCH];
  size_t count = claim_groups(worker, batch, claimed);
  if (count == 0)
    return;
  lzr_error *failures[BATCH] = {NULL};
  worker->strict = batch->strict;
  lzr_error *error =
      lzr_compile_unit(worker, batch->module, claimed, count, failures);
  worker->strict = false;
  job->error = lzr_error_copy(error);
  for (size_t i = 0; i < count; i++) {
    lzr_error *own = failures[i] ? failures[i] : lzr_error_copy(error);
    if (!job->error)
      job->error = lzr_error_copy(own);
    lzr_workers_finish(&worker->session->workers,
                       &batch->module->groups[claimed[i]].job, own);
  }
  lzr_error_destroy(error);
}

/* The module's groups with a function that prevails, each once, the data's
   aside. *groups is owned. */
static lzr_error *list_groups(struct lzr_module *module, uint32_t **groups,
                              size_t *count) {
  uint32_t group_count = lzr_source_group_count(module->source);
  const struct lzr_definition *definitions =
      lzr_source_definitions(module->source);
  bool *listed = calloc(group_count + 1, sizeof *listed);
  *groups = calloc(group_count + 1, sizeof **groups);
  *count = 0;
  if (!listed || !*groups) {
    free(listed);
    return lzr_out_of_memory();
  }
  for (size_t i = 0; i < lzr_source_definition_count(module->source); i++) {
    uint32_t group = definitions[i].group;
    if (group == 0 || definitions[i].kind != LZR_DEFINITION_FUNCTION ||
        module->symbols[i]->module != module || listed[group])
      continue;
    listed[group] = true;
    (*groups)[(*count)++] = group;
  }
  free(listed);
  return NULL;
}

/* With check each function is a unit of its own, so that the message can name
   it, and the messages of all are collected, one a line. */
static lzr_error *compile_groups(struct lzr_module *module,
                                 const uint32_t *groups, size_t count,
                                 bool check) {
  struct lzr_workers *workers = &module->library->session->workers;
  size_t step = check ? 1 : BATCH;
  lzr_error *all = NULL;
  for (size_t i = 0; i < count && (check || !all); i += step) {
    struct batch batch = {.job = {.run = compile_batch},
                          .module = module,
                          .groups = groups + i,
                          .count = count - i < step ? count - i : step,
                          .strict = check};
    all = lzr_error_join(all, lzr_workers_demand(workers, &batch.job));
    lzr_error_destroy(batch.job.error);
  }
  return all;
}

static bool has_data(const struct lzr_module *module) {
  const struct lzr_definition *definitions =
      lzr_source_definitions(module->source);
  for (size_t i = 0; i < lzr_source_definition_count(module->source); i++)
    if (definitions[i].group == 0 && module->symbols[i]->module == module)
      return true;
  return lzr_source_has_assembly(module->source);
}

static lzr_error *compile_module(struct lzr_module *module, bool check) {
  lzr_error *error = NULL;
  if (has_data(module))
    error = lzr_workers_demand(&module->library->session->workers,
                               &module->groups[0].job);
  if (error && !check)
    return error;
  uint32_t *groups;
  size_t count;
  lzr_error *failed = list_groups(module, &groups, &count);
  error = lzr_error_join(error, failed);
  if (!failed)
    error = lzr_error_join(error, compile_groups(module, groups, count, check));
  free(groups);
  return error;
}

lzr_error *lzr_library_compile(lzr_library *library, bool check) {
  lzr_session *session = library->session;
  lzr_error *error = NULL;
  lzr_session_lock(session);
  size_t count = session->module_count;
  lzr_session_unlock(session);
  for (size_t i = 0; i < count && (check || !error); i++) {
    lzr_session_lock(session);
    struct lzr_module *module = session->modules[i];
    lzr_session_unlock(session);
    if (module->library == library)
      error = lzr_error_join(error, compile_module(module, check));
  }
  return error;
}
