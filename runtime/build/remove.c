/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/remove.h"

#include <signal.h>
#include <stdlib.h>

#include "runtime/build/sections.h"
#include "runtime/symbols/lazy.h"
#include "runtime/symbols/remove.h"
#include "runtime/symbols/resident.h"
#include "tpc/base/memory.h"

/* The pause. A signal handler that made a first call on this thread would wait
   for paused compile threads, so signals wait too. */

static void pause_jobs(struct lzr_builder *builder, sigset_t *signals) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, signals);
  lzr_workers_pause_to_change(&builder->workers);
}

static void resume_jobs(struct lzr_builder *builder, const sigset_t *signals) {
  lzr_workers_resume_changed(&builder->workers);
  pthread_sigmask(SIG_SETMASK, signals, NULL);
}

/* Removing. */

static size_t count_residents(const struct lzr_input *input) {
  size_t count = 0;
  for (const struct lzr_resident *i = input->residents; i; i = i->next_of_input)
    count++;
  return count;
}

/* Under lock. */
static lzr_error *remove_extents(struct lzr_builder *builder,
                                 const struct lzr_input *input) {
  size_t count = 0;
  struct lzr_code_range *ranges =
      calloc(count_residents(input) + 1, sizeof *ranges);
  if (!ranges)
    return lzr_out_of_memory();
  for (const struct lzr_resident *i = input->residents; i;
       i = i->next_of_input) {
    struct lzr_image_extent extent = lzr_image_get_extent(i->image);
    ranges[count++] = (struct lzr_code_range){extent.code, extent.code_end};
  }
  bool removed = lzr_extents_remove(&builder->extents, ranges, count);
  free(ranges);
  return removed ? NULL : lzr_out_of_memory();
}

/* Under lock. */
static lzr_error *check(struct lzr_builder *builder, struct lzr_input *input) {
  struct lzr_input *answer = lzr_lazy_answer_of(input);
  lzr_error *error = lzr_removal_check(input);
  if (!error)
    error = lzr_sections_check_removal(builder, input);
  if (!error && answer)
    error = lzr_sections_check_removal(builder, answer);
  return error;
}

/* Under lock. From the last check on nothing fails. A lazy module has no code
   of its own; *answer is its answer, which comes out with it. */
static lzr_error *take_out(struct lzr_builder *builder, struct lzr_input *input,
                           struct lzr_input **answer,
                           struct lzr_changes *changes) {
  *answer = lzr_lazy_answer_of(input);
  lzr_error *error = check(builder, input);
  if (!error)
    error = lzr_removal_reserve(changes, input);
  if (!error && *answer)
    error = lzr_removal_reserve(changes, *answer);
  if (!error)
    error = remove_extents(builder, *answer ? *answer : input);
  if (error)
    return error;
  if (*answer)
    lzr_input_take_out(*answer, changes);
  lzr_input_take_out(input, changes);
  return NULL;
}

static void destroy(struct lzr_builder *builder, struct lzr_input *input) {
  lzr_tpc_release(builder->tpc, input->exit_handle);
  lzr_input_destroy(input);
}

lzr_error *lzr_build_check_removal(struct lzr_builder *builder,
                                   struct lzr_input *input) {
  lzr_symbols_lock(builder->symbols);
  lzr_error *error = check(builder, input);
  lzr_symbols_unlock(builder->symbols);
  return error;
}

lzr_error *lzr_build_remove(struct lzr_builder *builder,
                            struct lzr_input *input) {
  struct lzr_changes changes = {0};
  struct lzr_input *answer;
  sigset_t signals;
  pause_jobs(builder, &signals);
  lzr_symbols_lock(builder->symbols);
  lzr_error *error = take_out(builder, input, &answer, &changes);
  lzr_symbols_unlock(builder->symbols);
  lzr_changes_apply(&changes, builder->symbols);
  if (!error && answer)
    destroy(builder, answer);
  if (!error)
    destroy(builder, input);
  resume_jobs(builder, &signals);
  return error;
}

/* Replacing. */

lzr_error *lzr_build_replace(struct lzr_builder *builder,
                             struct lzr_input *input) {
  struct lzr_changes changes = {0};
  sigset_t signals;
  pause_jobs(builder, &signals);
  lzr_error *error = lzr_library_enter(input->library, input, &changes);
  lzr_changes_apply(&changes, builder->symbols);
  resume_jobs(builder, &signals);
  return error;
}
