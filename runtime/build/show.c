/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/show.h"

#include <stdlib.h>

#include "runtime/build/describer.h"
#include "runtime/build/worklist.h"
#include "runtime/symbols/resolve.h"
#include "tpc/base/memory.h"

/* What is due. */

static bool is_ready(const struct lzr_input *input) {
  return atomic_load(&input->data_state) == LZR_DATA_READY;
}

/* Under lock. */
static bool is_due(const struct lzr_symbols *symbols,
                   const struct lzr_input *input) {
  return input->library == symbols->libraries[0] &&
         (input->shown == LZR_SHOWN_NOTHING ||
          (input->shown == LZR_SHOWN_FUNCTIONS && is_ready(input)));
}

static bool any_due(struct lzr_symbols *symbols) {
  bool due = false;
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; symbols->shows_names && symbols->loads_libraries &&
                     i < symbols->input_count && !due;
       i++)
    due = is_due(symbols, symbols->inputs[i]);
  pthread_mutex_unlock(&symbols->lock);
  return due;
}

/* Data. */

/* A library's constructor may call a function that is shown. Names that the
   function needs are asked for now, because the dynamic linker answers nobody
   while constructors run. */
static void bring_data(struct lzr_builder *builder, unsigned thread) {
  struct lzr_worklist list;
  struct lzr_input *input;
  lzr_worklist_init(&list, builder, thread);
  list.tentative = true;
  lzr_error_destroy(
      lzr_worklist_ask_all(&list, builder->symbols->libraries[0]));
  for (size_t i = 0; (input = lzr_symbols_input_at(builder->symbols, i)); i++)
    if (input->library == builder->symbols->libraries[0])
      lzr_worklist_place(&list, input);
  lzr_worklist_finish(&list);
}

/* Names. */

struct shown {
  struct lzr_query *queries;    /* owned */
  struct lzr_shown_name *names; /* owned; one for each query */
  size_t count;
};

/* Under lock. Whether a linked program would export the definition, and its
   address can be known. */
static bool is_shown(const struct lzr_input *input,
                     const struct lzr_symbol *symbol) {
  const struct lzr_definition *definition = symbol->definition;
  if (symbol->input != input || !definition || definition->hidden ||
      definition->tls || definition->binding == LZR_BINDING_LOCAL)
    return false;
  return (is_ready(input) && !input->lazy) ||
         (symbol->entity != LZR_ENTITY_DATA && !definition->data_in_front);
}

/* Under lock. */
static uint64_t size_of(const struct lzr_input *input,
                        const struct lzr_symbol *symbol) {
  struct lzr_image_symbol found;
  bool is_data = symbol->entity == LZR_ENTITY_DATA && input->data_image;
  return is_data &&
                 lzr_image_find_symbol(input->data_image, symbol->name, &found)
             ? found.size
             : 1; /* a stub */
}

/* Under lock, as the next two. */
static void add(struct shown *shown, const struct lzr_input *input,
                const struct lzr_symbol *symbol) {
  shown->queries[shown->count] = (struct lzr_query){.name = symbol->name};
  shown->names[shown->count++] =
      (struct lzr_shown_name){.name = symbol->name,
                              .size = size_of(input, symbol),
                              .is_function = symbol->entity != LZR_ENTITY_DATA};
}

static void collect_input(struct shown *shown, const struct lzr_input *input) {
  for (size_t i = 0; i < input->module->definition_count; i++)
    if (is_shown(input, input->entries[i].symbol))
      add(shown, input, input->entries[i].symbol);
}

static bool collect(struct lzr_symbols *symbols, struct shown *shown) {
  size_t count = 0;
  for (size_t i = 0; i < symbols->input_count; i++)
    if (is_due(symbols, symbols->inputs[i]))
      count += symbols->inputs[i]->module->definition_count;
  shown->queries = calloc(count + 1, sizeof *shown->queries);
  shown->names = calloc(count + 1, sizeof *shown->names);
  if (!shown->queries || !shown->names)
    return false;
  for (size_t i = 0; i < symbols->input_count; i++)
    if (is_due(symbols, symbols->inputs[i]))
      collect_input(shown, symbols->inputs[i]);
  return true;
}

/* A thread that finds nothing due goes on at once, so this comes last. */
static void note_shown(struct lzr_symbols *symbols) {
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < symbols->input_count; i++) {
    struct lzr_input *input = symbols->inputs[i];
    if (is_due(symbols, input))
      input->shown = is_ready(input) ? LZR_SHOWN_ALL : LZR_SHOWN_FUNCTIONS;
  }
  pthread_mutex_unlock(&symbols->lock);
}

/* Names without an address are left out. */
static size_t take_addresses(struct shown *shown) {
  size_t count = 0;
  for (size_t i = 0; i < shown->count; i++) {
    if (!shown->queries[i].address)
      continue;
    shown->names[count] = shown->names[i];
    shown->names[count++].address = shown->queries[i].address;
  }
  return count;
}

/* With the turn, so nothing changes what is ready meanwhile. */
static lzr_error *resolve(struct lzr_builder *builder, unsigned thread,
                          struct shown *shown) {
  struct lzr_asker asker = {
      .symbols = builder->symbols, .thread = thread, .holds_turn = true};
  struct lzr_resolution resolution = {.library = builder->symbols->libraries[0],
                                      .asking = "shared libraries",
                                      .strict = true,
                                      .queries = shown->queries,
                                      .count = shown->count};
  lzr_error *error = lzr_resolution_init(&resolution);
  if (!error)
    error = lzr_resolve(&asker, &resolution);
  lzr_resolution_fini(&resolution);
  lzr_asker_fini(&asker);
  return error;
}

static lzr_error *show_names(struct lzr_builder *builder, unsigned thread) {
  struct lzr_symbols *symbols = builder->symbols;
  struct shown shown = {NULL, NULL, 0};
  pthread_mutex_lock(&symbols->lock);
  lzr_error *error = collect(symbols, &shown) ? NULL : lzr_out_of_memory();
  pthread_mutex_unlock(&symbols->lock);
  if (!error)
    error = resolve(builder, thread, &shown);
  if (!error)
    error = lzr_tpc_show(builder->tpc, shown.names, take_addresses(&shown));
  free(shown.queries);
  free(shown.names);
  return error;
}

/* If it fails, libraries miss names, and the dynamic linker says which. */
void lzr_show_due(struct lzr_builder *builder, unsigned thread) {
  if (!any_due(builder->symbols))
    return;
  bring_data(builder, thread);
  lzr_builder_take_turn(builder);
  lzr_error_destroy(show_names(builder, thread));
  lzr_error_destroy(lzr_describer_install(builder));
  note_shown(builder->symbols);
  lzr_builder_give_turn(builder);
}

/* For a client. */

static void show(void *owner, unsigned thread, struct lzr_job *job) {
  (void)job;
  lzr_show_due(owner, thread);
}

/* Data that could not be brought in is tried once more. */
static void ask_for_all(struct lzr_symbols *symbols) {
  lzr_symbols_lock(symbols);
  symbols->loads_libraries = true;
  for (size_t i = 0; i < symbols->input_count; i++)
    if (symbols->inputs[i]->shown == LZR_SHOWN_FUNCTIONS)
      symbols->inputs[i]->shown = LZR_SHOWN_NOTHING;
  lzr_symbols_unlock(symbols);
}

lzr_error *lzr_show_all(struct lzr_builder *builder) {
  struct lzr_job job = {.run = show};
  if (!builder->symbols->shows_names)
    return NULL;
  ask_for_all(builder->symbols);
  lzr_error *error = lzr_workers_demand(&builder->workers, &job);
  lzr_error_destroy(job.error);
  return error;
}
