/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/call.h"

#include <string.h>

#include "runtime/build/show.h"
#include "runtime/build/worklist.h"
#include "runtime/support/trace.h"
#include "runtime/symbols/answer.h"
#include "tpc/base/events.h"

/* At most this many functions go into a unit, so that no caller waits long. */
enum { UNIT_LIMIT = 16 };

/* When one of several functions cannot be linked. */

/* The position of the group that consists of the culprit alone; 0, which is the
   group that was called for, if there is none. */
static size_t find_culprit(const struct lzr_unit *unit) {
  const lzr_module *module = unit->input->module;
  for (size_t i = 1; unit->culprit && i < unit->group_count; i++)
    if (lzr_module_group_is_plain(module, unit->groups[i]) &&
        strcmp(lzr_module_group_name(module, unit->groups[i]), unit->culprit) ==
            0)
      return i;
  return 0;
}

/* A unit, and where the errors of its groups go. */
struct attempt {
  struct lzr_unit unit;
  lzr_error **failures;                  /* as given to lzr_build_groups */
  size_t positions[LZR_MAX_UNIT_GROUPS]; /* in failures, of its groups */
};

/* Leaves the culprit out of the unit if it was only taken along: a function
   that mentions a symbol which is nowhere must not keep the called function
   from running, because the call may end, or have effects, before it gets
   there. Takes error if it returns true. */
static bool leave_out_culprit(struct attempt *attempt, lzr_error *error) {
  struct lzr_unit *unit = &attempt->unit;
  size_t at = attempt->failures ? find_culprit(unit) : 0;
  if (at == 0)
    return false;
  attempt->failures[attempt->positions[at]] = lzr_unit_blame(unit, error);
  unit->group_count--;
  for (size_t i = at; i < unit->group_count; i++) {
    unit->groups[i] = unit->groups[i + 1];
    attempt->positions[i] = attempt->positions[i + 1];
  }
  lzr_unit_fini(unit);
  return true;
}

/* The whole way. */

static lzr_error *build_and_resolve(struct lzr_worklist *list,
                                    struct lzr_unit *unit) {
  lzr_error *error = lzr_unit_build(unit);
  if (error)
    return error;
  lzr_workers_alert(&list->builder->workers, list->thread);
  return lzr_worklist_resolve_unit(list, unit);
}

static lzr_error *bring_in(struct attempt *attempt) {
  struct lzr_unit *unit = &attempt->unit;
  struct lzr_worklist list;
  lzr_worklist_init(&list, unit->builder, unit->thread);
  lzr_error *error = build_and_resolve(&list, unit);
  while (error && leave_out_culprit(attempt, error))
    error = build_and_resolve(&list, unit);
  lzr_worklist_finish(&list);
  lzr_show_due(unit->builder, unit->thread);
  if (!error)
    error = lzr_worklist_check(&unit->depends);
  return error ? error : lzr_unit_commit(unit);
}

static void record(const struct lzr_unit *unit, uint64_t start, uint64_t end) {
  const uint64_t values[LZR_EVENT_VALUES] = {unit->number,
                                             unit->function_count};
  lzr_slowest_add(&unit->builder->slowest, end - start, unit->number,
                  (uint32_t)unit->function_count, unit->name);
  if (lzr_events_wanted)
    lzr_event_record(LZR_EVENT_UNIT, start, end, values, "%s", unit->name);
  lzr_trace(LZR_TRACE_COMPILE, "unit %04u %s: %zu functions, %llu us",
            unit->number, unit->name, unit->function_count,
            (unsigned long long)(end - start) / 1000);
}

lzr_error *lzr_build_groups(struct lzr_builder *builder, unsigned thread,
                            struct lzr_input *input, uint32_t *groups,
                            size_t count, bool strict, lzr_error **failures) {
  uint64_t start = lzr_now();
  struct attempt attempt = {.unit = {.builder = builder,
                                     .thread = thread,
                                     .input = input,
                                     .groups = groups,
                                     .group_count = count,
                                     .strict = strict},
                            .failures = failures};
  for (size_t i = 0; i < count; i++)
    attempt.positions[i] = i;
  struct lzr_unit *unit = &attempt.unit;
  lzr_error *error = lzr_unit_blame(unit, bring_in(&attempt));
  record(unit, start, lzr_now());
  lzr_unit_fini(unit);
  return error;
}

/* The ends of jobs. */

/* What was nowhere may be defined by the time of the next first call. Data that
   has failed stays so, since other units may mention it. */
static void note_repeatable(struct lzr_group *group, const lzr_error *error) {
  group->job.repeatable = error && group->number != 0 &&
                          lzr_error_get_kind(error) == LZR_ERROR_SYMBOL;
}

void lzr_build_finish(struct lzr_builder *builder, struct lzr_group *group,
                      lzr_error *error) {
  note_repeatable(group, error);
  lzr_workers_finish(&builder->workers, &group->job, error);
}

/* A first call's job. */

static bool prevails(void *data, const struct lzr_definition *definition) {
  struct lzr_input *input = data;
  struct lzr_symbols *symbols = input->library->all;
  pthread_mutex_lock(&symbols->lock);
  bool ours = lzr_input_prevailing(input, definition) != NULL;
  pthread_mutex_unlock(&symbols->lock);
  return ours;
}

/* Adds groups of functions that are certain to be called as well, unless they
   are compiled already or being compiled. */
static size_t add_certain(struct lzr_builder *builder, unsigned thread,
                          struct lzr_input *input, uint32_t *groups) {
  size_t count = 1;
  while (count < UNIT_LIMIT &&
         lzr_module_next_certain(input->module, thread, &groups[count]))
    if (lzr_workers_claim(&builder->workers, &input->groups[groups[count]].job))
      count++;
  return count;
}

static lzr_error *find_certain(struct lzr_builder *builder, unsigned thread,
                               const struct lzr_group *group) {
  struct lzr_prevails filter = {prevails, group->input};
  uint64_t start = lzr_now();
  lzr_error *error = lzr_module_follow_calls(group->input->module, thread,
                                             group->number, &filter);
  uint64_t end = lzr_now();
  builder->counters.read_time += end - start;
  if (lzr_events_wanted) /* which unit it is for is not known yet */
    lzr_event_record(LZR_EVENT_PHASE, start, end, NULL, "read");
  return lzr_error_wrap(
      error, "function '%s'",
      lzr_module_group_name(group->input->module, group->number));
}

static lzr_error *build_call(struct lzr_builder *builder, unsigned thread,
                             const struct lzr_group *group) {
  struct lzr_input *input = group->input;
  uint32_t groups[UNIT_LIMIT] = {group->number}, claimed[UNIT_LIMIT];
  lzr_error *failures[UNIT_LIMIT] = {NULL};
  lzr_error *error = find_certain(builder, thread, group);
  if (error)
    return error;
  size_t count = add_certain(builder, thread, input, groups);
  memcpy(claimed, groups, sizeof claimed);
  error =
      lzr_build_groups(builder, thread, input, groups, count, false, failures);
  for (size_t i = 1; i < count; i++)
    lzr_build_finish(builder, &input->groups[claimed[i]],
                     failures[i] ? failures[i] : lzr_error_copy(error));
  return error;
}

static lzr_error *build_data(struct lzr_builder *builder, unsigned thread,
                             struct lzr_input *input) {
  struct lzr_worklist list;
  struct lzr_input_set one = {&input, 1};
  lzr_worklist_init(&list, builder, thread);
  lzr_worklist_place(&list, input);
  lzr_worklist_finish(&list);
  lzr_show_due(builder, thread);
  return lzr_worklist_check(&one);
}

/* Lists a lazy module's data first. */
static lzr_error *provide(const struct lzr_group *group) {
  const lzr_module *module = group->input->module;
  uint32_t first = module->group_members[module->group_start[group->number]];
  return lzr_lazy_answer(group->input, &module->definitions[first]);
}

static lzr_error *build(struct lzr_builder *builder, unsigned thread,
                        const struct lzr_group *group) {
  if (group->input->lazy)
    return provide(group);
  return group->number == 0 ? build_data(builder, thread, group->input)
                            : build_call(builder, thread, group);
}

void lzr_build_call(void *owner, unsigned thread, struct lzr_job *job) {
  struct lzr_builder *builder = owner;
  struct lzr_group *group = (struct lzr_group *)job; /* its first member */
  job->error = build(builder, thread, group);
  note_repeatable(group, job->error);
}

/* Demanding a function's code. */

static struct lzr_group *group_of(const struct lzr_symbol *symbol) {
  return atomic_load_explicit(&symbol->group, memory_order_acquire);
}

/* Whether a function that was called has turned into something else that can be
   called: its first call begins anew. */
static bool has_turned(const struct lzr_symbol *symbol) {
  enum lzr_entity entity = symbol->entity;
  return entity == LZR_ENTITY_IFUNC || entity == LZR_ENTITY_IMPORT;
}

lzr_error *lzr_build_function(struct lzr_builder *builder,
                              const struct lzr_symbol *symbol, lzr_addr *body) {
  lzr_error *error = NULL;
  struct lzr_group *group;
  do {
    lzr_error_destroy(error);
    group = group_of(symbol);
    error = lzr_workers_demand(&builder->workers, &group->job);
    *body = atomic_load_explicit(&symbol->body, memory_order_acquire);
  } while (!*body && !has_turned(symbol) && group != group_of(symbol));
  if (*body || has_turned(symbol)) {
    lzr_error_destroy(error); /* of a definition that was replaced */
    return NULL;
  }
  return error ? error
               : lzr_error_create(LZR_ERROR_COMPILE,
                                  "%s: function '%s': no code was generated",
                                  group->input->module->name, symbol->name);
}
