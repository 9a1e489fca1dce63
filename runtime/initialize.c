/*
 * Constructors and destructors of modules, and main.
 */
#include <stdlib.h>

#include "runtime/session.h"

/* One entry of a module's llvm.global_ctors or llvm.global_dtors. */
struct entry {
  const struct lzr_structor *structor;
  struct lzr_module *module;
  size_t position; /* in the order the modules were added */
};

struct entries {
  struct entry *items; /* owned */
  size_t count;
};

static int by_priority(const void *left, const void *right) {
  const struct entry *a = left, *b = right;
  if (a->structor->priority != b->structor->priority)
    return a->structor->priority < b->structor->priority ? -1 : 1;
  return a->position < b->position ? -1 : a->position > b->position;
}

/* An entry with a key belongs to that definition: it counts only where the
   definition prevails, so that an inline variable is constructed once. */
static bool counts(const struct lzr_module *module,
                   const struct lzr_structor *structor) {
  if (!structor->key)
    return true;
  const struct lzr_symbol *symbol = lzr_map_get(&module->locals, structor->key);
  if (!symbol)
    symbol = lzr_map_get(&module->library->symbols, structor->key);
  return !symbol || symbol->module == module;
}

typedef size_t list_structors(const lzr_source *source,
                              const struct lzr_structor **structors);

static lzr_error *collect_module(struct entries *entries,
                                 struct lzr_module *module,
                                 list_structors *list) {
  const struct lzr_structor *structors;
  size_t count = list(module->source, &structors);
  for (size_t i = 0; i < count; i++) {
    if (!counts(module, &structors[i]))
      continue;
    if (!lzr_array_grow((void **)&entries->items, entries->count,
                        sizeof *entries->items))
      return lzr_out_of_memory();
    entries->items[entries->count] =
        (struct entry){&structors[i], module, entries->count};
    entries->count++;
  }
  return NULL;
}

/* Under lock. All entries of the library's modules that are new, sorted. */
static lzr_error *collect(const lzr_library *library, list_structors *list,
                          struct entries *entries) {
  lzr_session *session = library->session;
  lzr_error *error = NULL;
  for (size_t i = 0; i < session->module_count && !error; i++) {
    struct lzr_module *module = session->modules[i];
    if (module->library == library && !module->initialized)
      error = collect_module(entries, module, list);
  }
  if (entries->count > 1)
    qsort(entries->items, entries->count, sizeof *entries->items, by_priority);
  return error;
}

static void mark_initialized(const lzr_library *library) {
  for (size_t i = 0; i < library->session->module_count; i++)
    if (library->session->modules[i]->library == library)
      library->session->modules[i]->initialized = true;
}

/* Destructors go to the target's atexit list before any constructor runs: as in
   a native program they then run after all that the program registers, the
   first constructed last. */
static lzr_error *register_destructors(lzr_library *library,
                                       const struct entries *entries) {
  if (entries->count == 0)
    return NULL;
  lzr_session *session = library->session;
  struct lzr_name name = {.name = "__cxa_atexit", .required = true};
  const lzr_type pointers[] = {LZR_TYPE_PTR, LZR_TYPE_PTR, LZR_TYPE_PTR};
  struct lzr_signature signature = {LZR_TYPE_I32, pointers, 3, 3};
  lzr_error *error = lzr_tpc_lookup(session->tpc, 0, &name, 1);
  for (size_t i = 0; i < entries->count && !error; i++) {
    lzr_value arguments[3] = {
        {.i = 0},
        {.i = 0},
        {.ptr = session->dso_handle->address[LZR_PROT_DATA]}};
    lzr_value result;
    error =
        lzr_look_up(library, entries->items[i].module,
                    entries->items[i].structor->function, &arguments[0].ptr);
    if (!error)
      error = lzr_tpc_call(session->tpc, name.address, &signature, arguments,
                           &result);
  }
  return error;
}

static lzr_error *run_constructors(lzr_library *library,
                                   const struct entries *entries) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < entries->count && !error; i++) {
    const struct entry *entry = &entries->items[i];
    lzr_addr function;
    error = lzr_look_up(library, entry->module, entry->structor->function,
                        &function);
    if (!error)
      error = lzr_tpc_run_void(library->session->tpc, function);
    error = lzr_error_wrap(error, "%s: constructor '%s'", entry->module->name,
                           entry->structor->function);
  }
  return error;
}

lzr_error *lzr_library_initialize(lzr_library *library) {
  lzr_session *session = library->session;
  struct entries constructors = {NULL, 0}, destructors = {NULL, 0};
  lzr_session_lock(session);
  lzr_error *error = collect(library, lzr_source_constructors, &constructors);
  if (!error)
    error = collect(library, lzr_source_destructors, &destructors);
  if (!error)
    mark_initialized(library);
  lzr_session_unlock(session);
  if (!error && library == lzr_session_main_library(session))
    error = lzr_session_interpose(session);
  if (!error)
    error = register_destructors(library, &destructors);
  if (!error)
    error = run_constructors(library, &constructors);
  free(constructors.items);
  free(destructors.items);
  return error;
}

/* A program may end its first thread and go on with others; the process ends
   with the last of them. */
static void let_compile_threads_go(void *data) {
  lzr_session *session = data;
  lzr_workers_let_go(&session->workers, true);
}

lzr_error *lzr_session_run_main(lzr_session *session, const char *function,
                                int argc, const char *const *argv,
                                int *status) {
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  lzr_error *error = lzr_library_lookup(library, function, &address);
  if (!error)
    error = lzr_library_initialize(library);
  if (error)
    return error;
  pthread_cleanup_push(let_compile_threads_go, session);
  error = lzr_tpc_run_main(session->tpc, address, argc, argv, status);
  pthread_cleanup_pop(0);
  return error;
}
