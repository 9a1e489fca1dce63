/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Runs constructors and registers destructors, in a linked program's order.
 */
#include "runtime/platform/initialize.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/build/lookup.h"
#include "runtime/platform/asks.h"
#include "runtime/platform/interpose.h"
#include "runtime/symbols/exit_handle.h"
#include "tpc/base/memory.h"

/* One entry of a module's llvm.global_ctors or llvm.global_dtors, or of its
   sections of constructors and destructors. */
struct call_entry {
  int64_t priority;
  const char *name;  /* of the function, or NULL if its address is known */
  lzr_addr function; /* its address, if name is NULL */
  struct lzr_input *input;
  size_t position; /* in the order the modules were added */
};

struct call_entries {
  struct call_entry *items; /* owned */
  size_t count;
};

static int by_priority(const void *left, const void *right) {
  const struct call_entry *a = left, *b = right;
  if (a->priority != b->priority)
    return a->priority < b->priority ? -1 : 1;
  return a->position < b->position ? -1 : a->position > b->position;
}

/* How to list constructors, or destructors. */
struct array_kind {
  const struct lzr_init_list *(*list)(const lzr_module *module);
  size_t (*list_array)(const lzr_image *image,
                       const struct lzr_array_entry **entries);
};

static const struct lzr_init_list *constructors_of(const lzr_module *module) {
  return &module->constructors;
}

static const struct lzr_init_list *destructors_of(const lzr_module *module) {
  return &module->destructors;
}

static const struct array_kind constructor_kind = {constructors_of,
                                                   lzr_image_initializers};
static const struct array_kind destructor_kind = {destructors_of,
                                                  lzr_image_finalizers};

/* Collecting. The symbols are locked. */

static bool has_once(const struct lzr_init_list *list, const char *key) {
  for (size_t i = 0; i < list->count; i++)
    if (list->entries[i].once && strcmp(list->entries[i].key, key) == 0)
      return true;
  return false;
}

/* Whether a module that was added before this one has an entry for key that
   must run once. */
static bool came_before(const struct lzr_input *input, const char *key,
                        const struct array_kind *kind) {
  const struct lzr_symbols *symbols = input->library->all;
  for (size_t i = 0; symbols->inputs[i] != input; i++)
    if (symbols->inputs[i]->library == input->library &&
        has_once(kind->list(symbols->inputs[i]->module), key))
      return true;
  return false;
}

/* An entry with a key belongs to the definition of that name. It counts only if
   the definition prevails, so that an inline variable is constructed once. */
static bool counts(const struct lzr_input *input,
                   const struct lzr_init_entry *entry,
                   const struct array_kind *kind) {
  if (!entry->key)
    return true;
  if (entry->once)
    return !came_before(input, entry->key, kind);
  const struct lzr_symbol *symbol = lzr_map_get(&input->locals, entry->key);
  if (!symbol)
    symbol = lzr_map_get(&input->library->symbols, entry->key);
  return !symbol || symbol->input == input;
}

/* The entry pins its module. */
static lzr_error *add_entry(struct call_entries *entries,
                            struct call_entry entry) {
  struct call_entry *grown =
      lzr_array_grow(entries->items, entries->count, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  entry.position = entries->count;
  entry.input->pins++;
  entries->items = grown;
  entries->items[entries->count++] = entry;
  return NULL;
}

/* Collects the entries of sections, which come before the module's other ones
   of the same priority, because clang writes those behind a module's variables.
   list_array lists destructors in the order in which they run, so they are
   collected from the last to the first. */
static lzr_error *collect_array(struct call_entries *entries,
                                struct lzr_input *input,
                                const struct array_kind *kind) {
  const struct lzr_array_entry *array;
  size_t count =
      input->data_image ? kind->list_array(input->data_image, &array) : 0;
  lzr_error *error = NULL;
  for (size_t i = 0; i < count && !error; i++) {
    size_t at = kind == &destructor_kind ? count - 1 - i : i;
    error =
        add_entry(entries, (struct call_entry){.priority = array[at].priority,
                                               .function = array[at].function,
                                               .input = input});
  }
  return error;
}

static lzr_error *collect_input(struct call_entries *entries,
                                struct lzr_input *input,
                                const struct array_kind *kind) {
  const struct lzr_init_list *list = kind->list(input->module);
  lzr_error *error =
      input->module->has_arrays ? collect_array(entries, input, kind) : NULL;
  for (size_t i = 0; i < list->count && !error; i++) {
    const struct lzr_init_entry *entry = &list->entries[i];
    if (counts(input, entry, kind))
      error =
          add_entry(entries, (struct call_entry){.priority = entry->priority,
                                                 .name = entry->function,
                                                 .input = input});
  }
  return error;
}

/* Collects and sorts the entries of all modules of the library that have not
   been initialized. */
static lzr_error *collect(const struct lzr_library *library,
                          const struct array_kind *kind,
                          struct call_entries *entries) {
  const struct lzr_symbols *symbols = library->all;
  lzr_error *error = NULL;
  for (size_t i = 0; i < symbols->input_count && !error; i++) {
    struct lzr_input *input = symbols->inputs[i];
    if (input->library == library && !input->initialized)
      error = collect_input(entries, input, kind);
  }
  if (entries->count > 1)
    qsort(entries->items, entries->count, sizeof *entries->items, by_priority);
  return error;
}

static void mark_initialized(const struct lzr_library *library) {
  const struct lzr_symbols *symbols = library->all;
  for (size_t i = 0; i < symbols->input_count; i++)
    if (symbols->inputs[i]->library == library)
      symbols->inputs[i]->initialized = true;
}

/* Running. */

/* Adds the members of archives that the program needs, because their
   constructors must run too. */
static lzr_error *bring_members(struct lzr_platform *platform,
                                struct lzr_library *library) {
  lzr_symbols_lock(platform->symbols);
  bool has_archives = library->archive_count > 0;
  lzr_symbols_unlock(platform->symbols);
  return has_archives ? lzr_ask_ahead(platform->builder, library) : NULL;
}

static bool is_new(struct lzr_symbols *symbols, const struct lzr_input *input) {
  lzr_symbols_lock(symbols);
  bool new = !input->initialized;
  lzr_symbols_unlock(symbols);
  return new;
}

/* Links the data of modules that have sections of constructors, whose entries
   are known only after that. */
static lzr_error *bring_arrays(struct lzr_platform *platform,
                               struct lzr_library *library) {
  lzr_error *error = NULL;
  struct lzr_input *input;
  uint64_t order = 0;
  while (!error && (input = lzr_library_pin_next(library, &order))) {
    if (input->module->has_arrays && is_new(platform->symbols, input))
      error = lzr_workers_demand(&platform->builder->workers,
                                 &input->groups[0].job);
    lzr_input_unpin(input);
  }
  return error;
}

static lzr_error *collect_all(struct lzr_platform *platform,
                              struct lzr_library *library,
                              struct call_entries *constructors,
                              struct call_entries *destructors) {
  lzr_error *error = bring_members(platform, library);
  if (!error)
    error = bring_arrays(platform, library);
  lzr_symbols_lock(platform->symbols);
  if (!error)
    error = collect(library, &constructor_kind, constructors);
  if (!error)
    error = collect(library, &destructor_kind, destructors);
  if (!error)
    mark_initialized(library);
  lzr_symbols_unlock(platform->symbols);
  return error;
}

static lzr_error *find_function(struct lzr_platform *platform,
                                struct lzr_library *library,
                                const struct call_entry *entry,
                                lzr_addr *function) {
  *function = entry->function;
  return entry->name ? lzr_look_up(platform->builder, library, entry->input,
                                   entry->name, NULL, function)
                     : NULL;
}

/* Exit handlers of a module that can be removed are its own. */
static lzr_error *find_handle(const struct lzr_platform *platform,
                              struct lzr_input *input, lzr_addr *handle) {
  *handle = platform->dso_handle->address[LZR_PROT_DATA];
  return input->removable ? lzr_exit_handle_make(input, handle) : NULL;
}

/* Registers the destructors in the target's list of exit handlers before any
   constructor runs. So they run after all exit handlers of the program, as in a
   linked program, and what was constructed first is destroyed last. */
static lzr_error *register_destructors(struct lzr_platform *platform,
                                       struct lzr_library *library,
                                       const struct call_entries *entries) {
  if (entries->count == 0)
    return NULL;
  struct lzr_name name = {.name = "__cxa_atexit", .required = true};
  const lzr_type pointers[] = {LZR_TYPE_PTR, LZR_TYPE_PTR, LZR_TYPE_PTR};
  struct lzr_signature signature = {LZR_TYPE_I32, pointers, 3, 3};
  lzr_error *error = lzr_tpc_lookup(platform->tpc, 0, &name, 1);
  for (size_t i = 0; i < entries->count && !error; i++) {
    lzr_value arguments[3] = {{.i = 0}, {.i = 0}, {.i = 0}}, result;
    error =
        find_function(platform, library, &entries->items[i], &arguments[0].ptr);
    if (!error)
      error = find_handle(platform, entries->items[i].input, &arguments[2].ptr);
    if (!error)
      error = lzr_tpc_call(platform->tpc, name.address, &signature, arguments,
                           &result);
  }
  return error;
}

/* Calls the constructors as libc does, with main's arguments and the
   environment. */
static lzr_error *run_constructors(struct lzr_platform *platform,
                                   struct lzr_library *library,
                                   const struct call_entries *entries, int argc,
                                   const char *const *argv) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < entries->count && !error; i++) {
    const struct call_entry *entry = &entries->items[i];
    lzr_addr function;
    int ignored;
    error = find_function(platform, library, entry, &function);
    if (!error)
      error = lzr_tpc_run_main(platform->tpc, function, argc, argv, &ignored);
    error = lzr_error_wrap(error, "%s: constructor '%s'",
                           entry->input->module->name,
                           entry->name ? entry->name : "of a section");
  }
  return error;
}

static void free_entries(struct lzr_symbols *symbols,
                         struct call_entries *entries) {
  lzr_symbols_lock(symbols);
  for (size_t i = 0; i < entries->count; i++)
    entries->items[i].input->pins--;
  lzr_symbols_unlock(symbols);
  free(entries->items);
}

lzr_error *lzr_platform_initialize(struct lzr_platform *platform,
                                   struct lzr_library *library, int argc,
                                   const char *const *argv) {
  struct call_entries constructors = {NULL, 0}, destructors = {NULL, 0};
  lzr_error *error =
      collect_all(platform, library, &constructors, &destructors);
  if (!error && library == platform->main)
    error = lzr_platform_show_if_asked(platform);
  if (!error && library == platform->main)
    error = lzr_platform_interpose(platform);
  if (!error)
    error = register_destructors(platform, library, &destructors);
  if (!error)
    error = run_constructors(platform, library, &constructors, argc, argv);
  free_entries(platform->symbols, &constructors);
  free_entries(platform->symbols, &destructors);
  return error;
}
