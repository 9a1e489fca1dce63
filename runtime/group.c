/*
 * What a first call's job does: compiles the function that was called, and
 * takes along functions that are certain to be called as well. On compile
 * threads.
 */
#include "runtime/session.h"

/* ---- A first call's job ---------------------------------------------------
 */

/* At most this many functions go into a unit, so that nobody waits long. */
enum { UNIT_LIMIT = 16 };

/* Functions that are certain to be called as well, as far as they are not
   compiled or being compiled. */
static size_t add_certain(struct lzr_module *module, lzr_source *source,
                          uint32_t *groups) {
  struct lzr_workers *workers = &module->library->session->workers;
  size_t count = 1;
  while (count < UNIT_LIMIT && lzr_source_next_certain(source, &groups[count]))
    if (lzr_workers_claim(workers, &module->groups[groups[count]].job))
      count++;
  return count;
}

static lzr_error *find_certain(struct lzr_worker *worker,
                               const struct lzr_group *group,
                               lzr_source **source) {
  struct lzr_prevails filter = {lzr_module_prevails, group->module};
  uint64_t start = lzr_now();
  lzr_error *error = lzr_worker_find_source(worker, group->module, source);
  if (!error)
    error = lzr_source_follow_calls(*source, group->number, &filter);
  worker->session->counters.read_time += lzr_now() - start;
  return error;
}

static lzr_error *compile_call(struct lzr_worker *worker,
                               const struct lzr_group *group) {
  struct lzr_module *module = group->module;
  uint32_t groups[UNIT_LIMIT] = {group->number};
  lzr_error *failures[UNIT_LIMIT] = {NULL};
  lzr_source *source = NULL;
  lzr_error *error = find_certain(worker, group, &source);
  if (error)
    return error;
  size_t count = add_certain(module, source, groups);
  error = lzr_compile_unit(worker, module, groups, count, failures);
  for (size_t i = 1; i < count; i++)
    lzr_workers_finish(&worker->session->workers,
                       &module->groups[groups[i]].job,
                       failures[i] ? failures[i] : lzr_error_copy(error));
  return error;
}

void lzr_compile_group(struct lzr_worker *worker, struct lzr_job *job) {
  struct lzr_group *group = (struct lzr_group *)job; /* its first member */
  job->error = group->number == 0 ? lzr_compile_data(worker, group->module)
                                  : compile_call(worker, group);
}
