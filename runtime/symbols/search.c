/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/search.h"
#include "tpc/base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/symbols/exit_handle.h"
#include "runtime/symbols/walked.h"

/* In tables. */

static bool any_missing(const struct lzr_finding *finding) {
  for (size_t i = 0; i < finding->count; i++)
    if (!finding->wanted[i].symbol)
      return true;
  return false;
}

/* Under lock. A name that was found in the target before comes behind the
   library's own definitions. */
static struct lzr_symbol *look_in_library(const struct lzr_library *library,
                                          const char *name) {
  struct lzr_symbol *symbol = lzr_map_get(&library->symbols, name);
  return symbol ? symbol : lzr_map_get(&library->found, name);
}

static void look_inside(struct lzr_symbols *symbols,
                        const struct lzr_input *input,
                        const struct lzr_library *library,
                        struct lzr_finding *finding) {
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < finding->count; i++) {
    struct lzr_wanted *wanted = &finding->wanted[i];
    if (!wanted->symbol && input)
      wanted->symbol = lzr_map_get(&input->locals, wanted->name);
    if (!wanted->symbol)
      wanted->symbol = look_in_library(library, wanted->name);
  }
  pthread_mutex_unlock(&symbols->lock);
}

/* A library does not see another library's hidden definitions. */
static void look_in_other(struct lzr_symbols *symbols,
                          const struct lzr_library *other,
                          struct lzr_finding *finding) {
  pthread_mutex_lock(&symbols->lock);
  for (size_t i = 0; i < finding->count; i++) {
    struct lzr_wanted *wanted = &finding->wanted[i];
    struct lzr_symbol *symbol =
        wanted->symbol ? NULL : lzr_map_get(&other->symbols, wanted->name);
    if (symbol && !(symbol->definition && symbol->definition->hidden))
      wanted->symbol = symbol;
  }
  pthread_mutex_unlock(&symbols->lock);
}

/* In the target. */

/* Under lock. Keeps the target's answer, so that the target is not asked
   again. */
static struct lzr_symbol *keep_found(struct lzr_library *library,
                                     const struct lzr_name *name) {
  struct lzr_symbol *symbol =
      lzr_symbols_add(library, name->name, LZR_ENTITY_ABSOLUTE);
  if (!symbol)
    return NULL;
  symbol->address = name->address;
  symbol->tls_module = name->tls_module;
  symbol->tls_offset = name->tls_offset;
  return lzr_map_put(&library->found, symbol->name, symbol) ? symbol : NULL;
}

static lzr_error *take_answers(struct lzr_library *library,
                               const struct lzr_name *names, size_t name_count,
                               struct lzr_wanted *wanted) {
  pthread_mutex_lock(&library->all->lock);
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
  pthread_mutex_unlock(&library->all->lock);
  return error;
}

/* What is missing, as it is asked for outside. requires: names that are not
   weak are required. *names is owned. */
static lzr_error *list_missing(const struct lzr_finding *finding, bool requires,
                               struct lzr_name **names, size_t *missing) {
  *names = calloc(finding->count, sizeof **names);
  *missing = 0;
  if (!*names)
    return lzr_out_of_memory();
  for (size_t i = 0; i < finding->count; i++) {
    const struct lzr_wanted *wanted = &finding->wanted[i];
    if (!wanted->symbol)
      (*names)[(*missing)++] =
          (struct lzr_name){.name = wanted->name,
                            .required = requires && !wanted->weak,
                            .thread_local_storage = wanted->tls};
  }
  return NULL;
}

static lzr_error *look_in_target(struct lzr_library *library,
                                 lzr_library_handle handle,
                                 struct lzr_finding *finding) {
  struct lzr_name *names;
  size_t missing;
  lzr_error *error = list_missing(finding, false, &names, &missing);
  if (!error)
    error = lzr_tpc_lookup(library->all->tpc, handle, names, missing);
  if (!error)
    error = take_answers(library, names, missing, finding->wanted);
  free(names);
  return error;
}

/* The platform's names come before whatever the target is searched for: what a
   library of that name has, if any does, is not for compiled code. */
static lzr_error *look_in_platform(const struct lzr_symbols *symbols,
                                   struct lzr_finding *finding) {
  const struct lzr_generator *generator = &symbols->platform_names;
  lzr_error *error = NULL;
  for (size_t i = 0; i < finding->count && !error; i++)
    if (!finding->wanted[i].symbol)
      error = generator->provide(generator->data, finding->wanted[i].name,
                                 &finding->wanted[i].symbol);
  return error;
}

/* Looks for names that only an object defines. */

bool lzr_is_start_or_stop(const char *name) {
  return strncmp(name, "__start_", 8) == 0 || strncmp(name, "__stop_", 7) == 0;
}

static bool wants_start_or_stop(const struct lzr_finding *finding) {
  for (size_t i = 0; i < finding->count; i++)
    if (!finding->wanted[i].symbol &&
        lzr_is_start_or_stop(finding->wanted[i].name))
      return true;
  return false;
}

static bool has_assembly(const struct lzr_library *library) {
  pthread_mutex_lock(&library->all->lock);
  bool has = library->assembly_count > 0;
  pthread_mutex_unlock(&library->all->lock);
  return has;
}

/* Module-level assembly and named sections define names that only the object of
   a module's data can tell. So that data must be there before anything outside
   the library is asked. */
static lzr_error *need_hidden_names(struct lzr_asker *asker,
                                    const struct lzr_library *library,
                                    const struct lzr_finding *finding) {
  bool all = wants_start_or_stop(finding);
  lzr_error *error = NULL;
  struct lzr_input *input;
  if (!all && !has_assembly(library))
    return NULL;
  for (size_t i = 0;
       !error && (input = lzr_symbols_input_at(asker->symbols, i)); i++)
    if (input->library == library && (all || input->module->defines_more))
      error = lzr_asker_need_data(asker, input);
  return error;
}

static lzr_error *check_walked(struct lzr_asker *asker,
                               struct lzr_library *library,
                               const struct lzr_finding *finding) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < finding->count && !error; i++)
    if (lzr_is_start_or_stop(finding->wanted[i].name))
      error = lzr_walked_check(asker, library, finding->wanted[i].name);
  return error;
}

/* The search order. */

static bool search_at(struct lzr_library *library, size_t i,
                      struct lzr_search *search) {
  pthread_mutex_lock(&library->all->lock);
  bool there = i < library->search_count;
  if (there)
    *search = library->searches[i];
  pthread_mutex_unlock(&library->all->lock);
  return there;
}

static lzr_error *follow(struct lzr_asker *asker, struct lzr_library *library,
                         const struct lzr_search *search,
                         struct lzr_finding *finding) {
  struct lzr_symbols *symbols = asker->symbols;
  lzr_error *error = NULL;
  if (search->library) {
    error = need_hidden_names(asker, search->library, finding);
    if (!error && !asker->needs.count)
      look_in_other(symbols, search->library, finding);
    return error;
  }
  if (library != symbols->platform)
    error = look_in_platform(symbols, finding);
  if (!error && any_missing(finding))
    error = look_in_target(library, search->handle, finding);
  return error;
}

static lzr_error *look_for_ends(struct lzr_asker *asker,
                                struct lzr_library *library,
                                struct lzr_finding *finding) {
  const struct lzr_end_generator *ends = &asker->symbols->ends;
  lzr_error *error = NULL;
  for (size_t i = 0; i < finding->count && !error && !asker->needs.count; i++)
    if (!finding->wanted[i].symbol)
      error = ends->provide(ends->data, asker, library, finding->wanted[i].name,
                            &finding->wanted[i].symbol);
  return error;
}

static bool archive_at(struct lzr_library *library, size_t i,
                       struct lzr_generator *archive) {
  pthread_mutex_lock(&library->all->lock);
  bool there = i < library->archive_count;
  if (there)
    *archive = library->archives[i];
  pthread_mutex_unlock(&library->all->lock);
  return there;
}

static lzr_error *look_in_archives(struct lzr_library *library,
                                   struct lzr_finding *finding) {
  struct lzr_generator archive;
  lzr_error *error = NULL;
  for (size_t i = 0; !error && archive_at(library, i, &archive); i++)
    for (size_t j = 0; j < finding->count && !error; j++)
      if (!finding->wanted[j].symbol && !finding->wanted[j].weak)
        error = archive.provide(archive.data, finding->wanted[j].name,
                                &finding->wanted[j].symbol);
  return error;
}

/* The client's generators. */

static bool generator_at(struct lzr_library *library, size_t i,
                         struct lzr_client_generator *generator) {
  pthread_mutex_lock(&library->all->lock);
  bool there = i < library->generator_count;
  if (there)
    *generator = library->generators[i];
  pthread_mutex_unlock(&library->all->lock);
  return there;
}

static lzr_error *generate(struct lzr_library *library,
                           const struct lzr_client_generator *generator,
                           struct lzr_finding *finding) {
  struct lzr_name *names;
  size_t missing;
  lzr_error *error = list_missing(finding, true, &names, &missing);
  if (!error)
    error = generator->generate(generator->data, library, names, missing);
  if (!error)
    error = take_answers(library, names, missing, finding->wanted);
  free(names);
  return error;
}

/* A generator may have defined what is missing, also for a thread that was here
   before. */
static lzr_error *ask_generators(struct lzr_asker *asker,
                                 struct lzr_input *input,
                                 struct lzr_library *library,
                                 struct lzr_finding *finding) {
  struct lzr_client_generator generator;
  lzr_error *error = NULL;
  if (!generator_at(library, 0, &generator))
    return NULL;
  pthread_mutex_lock(&library->generating);
  look_inside(asker->symbols, input, library, finding);
  for (size_t i = 0;
       !error && any_missing(finding) && generator_at(library, i, &generator);
       i++) {
    error = generate(library, &generator, finding);
    look_inside(asker->symbols, input, library, finding);
  }
  pthread_mutex_unlock(&library->generating);
  return error;
}

static lzr_error *begin(struct lzr_asker *asker, struct lzr_input *input,
                        struct lzr_library *library,
                        struct lzr_finding *finding) {
  lzr_error *error = check_walked(asker, library, finding);
  if (error || asker->needs.count)
    return error;
  look_inside(asker->symbols, input, library, finding);
  if (!any_missing(finding))
    return NULL;
  error = need_hidden_names(asker, library, finding);
  if (error || asker->needs.count)
    return error;
  look_inside(asker->symbols, input, library, finding);
  error = look_in_archives(library, finding);
  return error ? error : look_for_ends(asker, library, finding);
}

/* Step 0 looks inside; step i follows the i-th search. */
static lzr_error *find(struct lzr_asker *asker, struct lzr_input *input,
                       struct lzr_library *library,
                       struct lzr_finding *finding) {
  struct lzr_search search;
  lzr_error *error = NULL;
  if (finding->step == 0)
    error = begin(asker, input, library, finding);
  if (error || asker->needs.count)
    return error;
  if (finding->step == 0)
    finding->step = 1;
  while (any_missing(finding) &&
         search_at(library, finding->step - 1, &search)) {
    error = follow(asker, library, &search, finding);
    if (error || asker->needs.count)
      return error;
    finding->step++;
  }
  if (any_missing(finding))
    look_in_other(asker->symbols, asker->symbols->platform, finding);
  return any_missing(finding) && !finding->ahead
             ? ask_generators(asker, input, library, finding)
             : NULL;
}

/* Asking ahead. */

/* A module's imports are asked for once. They are asked for only where asking
   costs a message, may have to wait (see ask_for_all()), or brings in members
   of an archive. */
static bool is_to_be_asked_for(struct lzr_symbols *symbols,
                               const struct lzr_input *input) {
  pthread_mutex_lock(&symbols->lock);
  bool ask = input && !input->asked_for &&
             (!lzr_tpc_facts(symbols->tpc)->this_process ||
              symbols->loads_libraries || input->library->archive_count > 0);
  pthread_mutex_unlock(&symbols->lock);
  return ask;
}

static lzr_error *find_names(struct lzr_asker *asker, struct lzr_input *input,
                             const struct lzr_import *imports, size_t count) {
  struct lzr_wanted *wanted = calloc(count + 1, sizeof *wanted);
  if (!wanted)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count; i++)
    wanted[i] =
        (struct lzr_wanted){.name = imports[i].name, .weak = imports[i].weak};
  struct lzr_finding finding = {
      .wanted = wanted, .count = count, .ahead = true};
  lzr_error *error = find(asker, input, input->library, &finding);
  free(wanted);
  return error;
}

/* Asks at once for all names that a module needs from elsewhere, so that a
   first call seldom has to wait for names. A name that is not found is asked
   for again when code needs it. */
static lzr_error *ask_for_imports(struct lzr_asker *asker,
                                  struct lzr_input *input) {
  struct lzr_import *imports = NULL;
  size_t count = 0;
  lzr_error *error =
      lzr_module_list_imports(input->module, asker->thread, &imports, &count);
  if (!error)
    error = find_names(asker, input, imports, count);
  free(imports);
  if (error || asker->needs.count)
    return error;
  pthread_mutex_lock(&asker->symbols->lock);
  input->asked_for = true;
  pthread_mutex_unlock(&asker->symbols->lock);
  return NULL;
}

static lzr_error *ask_for(struct lzr_asker *asker, struct lzr_input *input) {
  return is_to_be_asked_for(asker->symbols, input)
             ? ask_for_imports(asker, input)
             : NULL;
}

/* Asks for the imports of all modules. A thread of the program that loads a
   library holds the dynamic linker's lock, and the library's constructors may
   make first calls of the program's functions. So their names must be known by
   then. */
static lzr_error *ask_for_all(struct lzr_asker *asker) {
  lzr_error *error = NULL;
  struct lzr_input *input;
  for (size_t i = 0; !error && !asker->needs.count &&
                     (input = lzr_symbols_input_at(asker->symbols, i));
       i++)
    error = ask_for(asker, input);
  return error;
}

static bool asks_linker(const char *name) {
  static const char *const names[] = {"dlopen",
                                      "dlmopen",
                                      "dlsym",
                                      "dlvsym",
                                      "dladdr",
                                      "dladdr1",
                                      "backtrace_symbols",
                                      "backtrace_symbols_fd"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return false;
}

/* Whether this search shows for the first time that the program loads libraries
   or asks the dynamic linker for names. */
static bool starts_to_load(struct lzr_symbols *symbols,
                           const struct lzr_finding *finding) {
  bool starts = false;
  for (size_t i = 0; i < finding->count && !starts; i++)
    starts = asks_linker(finding->wanted[i].name);
  pthread_mutex_lock(&symbols->lock);
  starts &= !symbols->loads_libraries;
  symbols->loads_libraries |= starts;
  pthread_mutex_unlock(&symbols->lock);
  return starts;
}

static lzr_error *make_exit_handle(struct lzr_input *input,
                                   const struct lzr_finding *finding) {
  lzr_addr address;
  lzr_error *error = NULL;
  for (size_t i = 0; i < finding->count && !error; i++)
    if (strcmp(finding->wanted[i].name, lzr_exit_handle_name) == 0)
      error = lzr_exit_handle_make(input, &address);
  return error;
}

static lzr_error *ask_ahead(struct lzr_asker *asker, struct lzr_input *input,
                            struct lzr_finding *finding) {
  if (finding->asked_ahead)
    return NULL;
  if (starts_to_load(asker->symbols, finding))
    finding->asks_all = true;
  lzr_error *error =
      finding->asks_all ? ask_for_all(asker) : ask_for(asker, input);
  finding->asked_ahead = !error && !asker->needs.count;
  return error;
}

lzr_error *lzr_find(struct lzr_asker *asker, struct lzr_input *input,
                    struct lzr_library *library, struct lzr_finding *finding) {
  lzr_error *error = ask_ahead(asker, input, finding);
  if (!error && input && input->removable)
    error = make_exit_handle(input, finding);
  return error || asker->needs.count ? error
                                     : find(asker, input, library, finding);
}
