/*
 * Finding names: a module's own local ones, its library's, then the library's
 * search order. All names of a unit are asked for together, so a search in the
 * target is one request however many there are.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/session.h"

static bool any_missing(const struct lzr_wanted *wanted, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!wanted[i].symbol)
      return true;
  return false;
}

/* Under lock. What has been found in the target before counts behind the
   library's own definitions, imports (found nowhere so far) not at all. */
static struct lzr_symbol *look_in_library(const struct lzr_library *library,
                                          const char *name) {
  struct lzr_symbol *symbol = lzr_map_get(&library->symbols, name);
  if (symbol)
    return symbol;
  symbol = lzr_map_get(&library->found, name);
  return symbol && symbol->entity != LZR_ENTITY_IMPORT ? symbol : NULL;
}

static void look_inside(struct lzr_session *session,
                        const struct lzr_module *module,
                        const struct lzr_library *library,
                        struct lzr_wanted *wanted, size_t count) {
  pthread_mutex_lock(&session->lock);
  for (size_t i = 0; i < count; i++) {
    if (!wanted[i].symbol && module)
      wanted[i].symbol = lzr_map_get(&module->locals, wanted[i].name);
    if (!wanted[i].symbol)
      wanted[i].symbol = look_in_library(library, wanted[i].name);
  }
  pthread_mutex_unlock(&session->lock);
}

/* Another library's hidden definitions are its own affair. */
static void look_in_other(struct lzr_session *session,
                          const struct lzr_library *other,
                          struct lzr_wanted *wanted, size_t count) {
  pthread_mutex_lock(&session->lock);
  for (size_t i = 0; i < count; i++) {
    struct lzr_symbol *symbol =
        wanted[i].symbol ? NULL : lzr_map_get(&other->symbols, wanted[i].name);
    if (symbol && !(symbol->definition && symbol->definition->hidden))
      wanted[i].symbol = symbol;
  }
  pthread_mutex_unlock(&session->lock);
}

/* Keeps what the target answered, so that it is not asked again. Under lock. */
static struct lzr_symbol *keep_found(struct lzr_library *library,
                                     const struct lzr_name *name) {
  size_t length = strlen(name->name) + 1;
  struct lzr_symbol *symbol = calloc(1, sizeof *symbol + length);
  if (!symbol || !lzr_session_keep(library->session, symbol))
    return NULL;
  symbol->name = memcpy(symbol + 1, name->name, length);
  symbol->entity = LZR_ENTITY_ABSOLUTE;
  symbol->library = library;
  symbol->address = name->address;
  symbol->tls_module = name->tls_module;
  symbol->tls_offset = name->tls_offset;
  return lzr_map_put(&library->found, symbol->name, symbol) ? symbol : NULL;
}

static lzr_error *take_answers(struct lzr_library *library,
                               const struct lzr_name *names, size_t name_count,
                               struct lzr_wanted *wanted) {
  pthread_mutex_lock(&library->session->lock);
  lzr_error *error = NULL;
  for (size_t i = 0; i < name_count && !error; i++, wanted++) {
    while (wanted->symbol)
      wanted++;
    if (!names[i].address)
      continue;
    wanted->symbol = keep_found(library, &names[i]);
    if (!wanted->symbol)
      error = lzr_out_of_memory();
  }
  pthread_mutex_unlock(&library->session->lock);
  return error;
}

/* Names that no library of the target can look up come first. */
static lzr_error *look_in_platform(struct lzr_session *session,
                                   struct lzr_wanted *wanted, size_t count) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < count && !error; i++)
    if (!wanted[i].symbol)
      error = lzr_platform_provide(session, wanted[i].name, &wanted[i].symbol);
  return error;
}

static lzr_error *look_in_target(struct lzr_library *library,
                                 lzr_library_handle handle,
                                 struct lzr_wanted *wanted, size_t count) {
  struct lzr_name *names = calloc(count, sizeof *names);
  if (!names)
    return lzr_out_of_memory();
  size_t missing = 0;
  for (size_t i = 0; i < count; i++)
    if (!wanted[i].symbol)
      names[missing++] = (struct lzr_name){
          .name = wanted[i].name, .thread_local_storage = wanted[i].tls};
  lzr_error *error =
      lzr_tpc_lookup(library->session->tpc, handle, names, missing);
  if (!error)
    error = take_answers(library, names, missing, wanted);
  free(names);
  return error;
}

/* The bounds of a named section, which linkers define. */
static bool is_section_bound(const char *name) {
  return strncmp(name, "__start_", 8) == 0 || strncmp(name, "__stop_", 7) == 0;
}

static bool wants_section_bound(const struct lzr_wanted *wanted, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!wanted[i].symbol && is_section_bound(wanted[i].name))
      return true;
  return false;
}

/* Module-level assembly, and sections with a name, define names that only the
   object of a module's data tells: it is brought in before anything outside the
   library is asked. */
static struct lzr_module *module_at(struct lzr_session *session, size_t i) {
  pthread_mutex_lock(&session->lock);
  struct lzr_module *module =
      i < session->module_count ? session->modules[i] : NULL;
  pthread_mutex_unlock(&session->lock);
  return module;
}

static lzr_error *bring_data(struct lzr_worker *worker,
                             const struct lzr_library *library,
                             const struct lzr_wanted *wanted, size_t count) {
  bool all = wants_section_bound(wanted, count);
  lzr_error *error = NULL;
  struct lzr_module *module;
  for (size_t i = 0; !error && (module = module_at(library->session, i)); i++)
    if (module->library == library &&
        (all || lzr_source_has_assembly(module->source)))
      error = lzr_compile_data(worker, module);
  return error;
}

static bool search_at(struct lzr_library *library, size_t i,
                      struct lzr_search *search) {
  pthread_mutex_lock(&library->session->lock);
  bool there = i < library->search_count;
  if (there)
    *search = library->searches[i];
  pthread_mutex_unlock(&library->session->lock);
  return there;
}

static lzr_error *follow(struct lzr_worker *worker, struct lzr_library *library,
                         const struct lzr_search *search,
                         struct lzr_wanted *wanted, size_t count) {
  struct lzr_session *session = library->session;
  lzr_error *error = NULL;
  if (search->library) {
    error = bring_data(worker, search->library, wanted, count);
    look_in_other(session, search->library, wanted, count);
    return error;
  }
  if (search->handle == 0 && library != session->platform)
    error = look_in_platform(session, wanted, count);
  if (!error && any_missing(wanted, count))
    error = look_in_target(library, search->handle, wanted, count);
  return error;
}

static lzr_error *find(struct lzr_worker *worker, struct lzr_module *module,
                       struct lzr_library *library, struct lzr_wanted *wanted,
                       size_t count) {
  struct lzr_session *session = library->session;
  look_inside(session, module, library, wanted, count);
  if (!any_missing(wanted, count))
    return NULL;
  lzr_error *error = bring_data(worker, library, wanted, count);
  if (error)
    return error;
  look_inside(session, module, library, wanted, count);
  struct lzr_search search;
  for (size_t i = 0; !error && search_at(library, i, &search); i++)
    if (any_missing(wanted, count))
      error = follow(worker, library, &search, wanted, count);
  if (!error)
    look_in_other(session, session->platform, wanted, count);
  return error;
}

/* ---- Asking ahead ---------------------------------------------------------
 */

/* Under lock. Once a module, and only where asking costs a message, or may have
   to wait: see ask_for_all(). */
static bool is_to_be_asked_for(struct lzr_session *session,
                               struct lzr_module *module) {
  if (!module || module->asked_for ||
      (lzr_tpc_facts(session->tpc)->this_process && !session->loads_libraries))
    return false;
  module->asked_for = true;
  return true;
}

static lzr_error *find_names(struct lzr_worker *worker,
                             struct lzr_module *module, const char **names,
                             size_t count) {
  struct lzr_wanted *wanted = calloc(count + 1, sizeof *wanted);
  if (!wanted)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count; i++)
    wanted[i].name = names[i];
  lzr_error *error = find(worker, module, module->library, wanted, count);
  free(wanted);
  return error;
}

/* All that a module needs from elsewhere is asked for at once, so that a first
   call seldom has to wait for names. What is not there is asked for again when
   it is needed. */
static lzr_error *ask_for_imports(struct lzr_worker *worker,
                                  struct lzr_module *module) {
  lzr_source *source;
  const char **names = NULL;
  size_t count = 0;
  lzr_error *error = lzr_worker_find_source(worker, module, &source);
  if (!error)
    error = lzr_source_list_imports(source, &names, &count);
  if (!error)
    error = find_names(worker, module, names, count);
  free(names);
  return error;
}

static lzr_error *ask_for_module(struct lzr_worker *worker,
                                 struct lzr_module *module) {
  struct lzr_session *session = worker->session;
  pthread_mutex_lock(&session->lock);
  bool ask = is_to_be_asked_for(session, module);
  pthread_mutex_unlock(&session->lock);
  return ask ? ask_for_imports(worker, module) : NULL;
}

/* While a program's thread loads a library, whose constructors may call the
   program's functions for the first time, it holds the dynamic linker's lock:
   names must be known by then. */
static lzr_error *ask_for_all(struct lzr_worker *worker) {
  lzr_error *error = NULL;
  struct lzr_module *module;
  for (size_t i = 0; !error && (module = module_at(worker->session, i)); i++)
    error = ask_for_module(worker, module);
  return error;
}

/* Whether the program turns out to load libraries. */
static bool starts_to_load(struct lzr_session *session,
                           const struct lzr_wanted *wanted, size_t count) {
  bool starts = false;
  for (size_t i = 0; i < count && !starts; i++)
    starts = strcmp(wanted[i].name, "dlopen") == 0;
  pthread_mutex_lock(&session->lock);
  starts &= !session->loads_libraries;
  session->loads_libraries |= starts;
  pthread_mutex_unlock(&session->lock);
  return starts;
}

lzr_error *lzr_find(struct lzr_worker *worker, struct lzr_module *module,
                    struct lzr_library *library, struct lzr_wanted *wanted,
                    size_t count) {
  lzr_error *error = starts_to_load(library->session, wanted, count)
                         ? ask_for_all(worker)
                         : ask_for_module(worker, module);
  return error ? error : find(worker, module, library, wanted, count);
}
