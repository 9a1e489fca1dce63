/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/worklist.h"

#include <stdlib.h>

#include "runtime/build/sections.h"
#include "tpc/base/memory.h"

static uint32_t data_group; /* 0 */

void lzr_worklist_init(struct lzr_worklist *list, struct lzr_builder *builder,
                       unsigned thread) {
  *list = (struct lzr_worklist){
      .builder = builder,
      .thread = thread,
      .asker = {.symbols = builder->symbols, .thread = thread}};
}

/* Placing. */

static void take_turn(struct lzr_worklist *list) {
  if (!list->asker.holds_turn)
    lzr_builder_take_turn(list->builder);
  list->asker.holds_turn = true;
}

static lzr_error *append(struct lzr_worklist *list, struct lzr_input *input,
                         struct lzr_unit **added) {
  struct lzr_unit *unit = calloc(1, sizeof *unit);
  struct lzr_unit **grown =
      unit ? lzr_array_grow(list->data, list->data_count, sizeof *grown) : NULL;
  if (!grown) {
    free(unit);
    return lzr_out_of_memory();
  }
  unit->builder = list->builder;
  unit->thread = list->thread;
  unit->input = input;
  unit->groups = &data_group;
  unit->group_count = 1;
  unit->needed_by = list->asking;
  list->data = grown;
  list->data[list->data_count++] = *added = unit;
  return NULL;
}

static void fail(struct lzr_worklist *list, struct lzr_input *input,
                 lzr_error *error) {
  struct lzr_symbols *symbols = input->library->all;
  pthread_mutex_lock(&symbols->lock);
  input->data_image = NULL;
  pthread_mutex_unlock(&symbols->lock);
  input->data_error = error;
  list->gave_up |= list->tentative;
  atomic_store_explicit(&input->data_state,
                        list->tentative ? LZR_DATA_GIVEN_UP : LZR_DATA_FAILED,
                        memory_order_release);
}

static bool has_failed(const struct lzr_input *input) {
  int state = atomic_load(&input->data_state);
  return state == LZR_DATA_FAILED || state == LZR_DATA_GIVEN_UP;
}

/* Data that was given up can be asked for again. */
static void forget_given_up(struct lzr_worklist *list) {
  struct lzr_input *input;
  for (size_t i = 0; list->gave_up &&
                     (input = lzr_symbols_input_at(list->builder->symbols, i));
       i++) {
    if (atomic_load(&input->data_state) != LZR_DATA_GIVEN_UP)
      continue;
    lzr_error_destroy(input->data_error);
    input->data_error = NULL;
    atomic_store_explicit(&input->data_state, LZR_DATA_ABSENT,
                          memory_order_release);
  }
}

/* Another thread may have brought the data in before this thread got the
   turn. */
static void place_data(struct lzr_worklist *list, struct lzr_input *input) {
  struct lzr_unit *unit = NULL;
  if (atomic_load(&input->data_state) != LZR_DATA_ABSENT)
    return;
  lzr_error *error = append(list, input, &unit);
  if (error) {
    fail(list, input, error);
    return;
  }
  error = lzr_unit_build(unit);
  if (!error)
    error = lzr_sections_need(list->builder, input, &list->asker);
  if (error)
    fail(list, input, lzr_unit_blame(unit, error));
}

/* Places all data that the asker needs. Placing data may add needs. */
static void place_needs(struct lzr_worklist *list) {
  struct lzr_input_set *needs = &list->asker.needs;
  if (needs->count > 0)
    take_turn(list);
  while (needs->count > 0)
    place_data(list, needs->inputs[--needs->count]);
}

void lzr_worklist_place(struct lzr_worklist *list, struct lzr_input *input) {
  take_turn(list);
  place_data(list, input);
  place_needs(list);
}

/* Resolving. */

lzr_error *lzr_worklist_resolve(struct lzr_worklist *list,
                                struct lzr_resolution *resolution) {
  lzr_error *error;
  for (;;) {
    error = lzr_resolve(&list->asker, resolution);
    if (error || list->asker.needs.count == 0)
      return error;
    place_needs(list);
  }
}

lzr_error *lzr_worklist_ask_all(struct lzr_worklist *list,
                                struct lzr_library *library) {
  struct lzr_resolution nothing = {.library = library};
  lzr_error *error = lzr_resolution_init(&nothing);
  nothing.finding.asks_all = true;
  if (!error)
    error = lzr_worklist_resolve(list, &nothing);
  lzr_resolution_fini(&nothing);
  return error;
}

lzr_error *lzr_worklist_resolve_unit(struct lzr_worklist *list,
                                     struct lzr_unit *unit) {
  lzr_error *error = NULL;
  list->asking = unit;
  while (!error && !unit->resolved) {
    error = lzr_unit_resolve(unit, &list->asker);
    place_needs(list);
  }
  list->asking = NULL;
  lzr_input_set_fini(&list->asker.depends);
  return error;
}

/* Resolving may add units to the end of the list. */
static void resolve_data(struct lzr_worklist *list) {
  for (size_t i = 0; i < list->data_count; i++) {
    struct lzr_unit *unit = list->data[i];
    if (has_failed(unit->input))
      continue;
    lzr_error *error = lzr_worklist_resolve_unit(list, unit);
    if (error)
      fail(list, unit->input, lzr_unit_blame(unit, error));
  }
}

/* Finishing. */

lzr_error *lzr_worklist_check(const struct lzr_input_set *depends) {
  for (size_t i = 0; i < depends->count; i++)
    if (has_failed(depends->inputs[i]))
      return lzr_error_copy(depends->inputs[i]->data_error);
  return NULL;
}

/* Data that depends on data that failed fails too. */
static void spread_failures(struct lzr_worklist *list) {
  bool spread = true;
  while (spread) {
    spread = false;
    for (size_t i = 0; i < list->data_count; i++) {
      struct lzr_unit *unit = list->data[i];
      lzr_error *error =
          has_failed(unit->input) ? NULL : lzr_worklist_check(&unit->depends);
      spread |= error != NULL;
      if (error)
        fail(list, unit->input, lzr_unit_blame(unit, error));
    }
  }
}

static void commit_data(struct lzr_worklist *list) {
  for (size_t i = list->data_count; i-- > 0;) {
    struct lzr_unit *unit = list->data[i];
    if (has_failed(unit->input))
      continue;
    lzr_error *error = lzr_unit_commit(unit);
    if (error)
      fail(list, unit->input, lzr_unit_blame(unit, error));
  }
}

static void make_ready(struct lzr_worklist *list) {
  for (size_t i = 0; i < list->data_count; i++)
    if (!has_failed(list->data[i]->input))
      atomic_store_explicit(&list->data[i]->input->data_state, LZR_DATA_READY,
                            memory_order_release);
}

void lzr_worklist_finish(struct lzr_worklist *list) {
  resolve_data(list);
  spread_failures(list);
  commit_data(list);
  spread_failures(list);
  make_ready(list);
  forget_given_up(list);
  for (size_t i = 0; i < list->data_count; i++) {
    lzr_unit_fini(list->data[i]);
    free(list->data[i]);
  }
  free(list->data);
  if (list->asker.holds_turn)
    lzr_builder_give_turn(list->builder);
  lzr_asker_fini(&list->asker);
  lzr_worklist_init(list, list->builder, list->thread);
}
