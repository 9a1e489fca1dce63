/*
 * A program's own allocation functions. The C library and C++ allow a program
 * to define them, and then all of the process allocates with them: what strdup
 * returns is for the program's own free. Of other functions libc calls no
 * definition but its own.
 */
#include <string.h>

#include "runtime/session.h"

/* "Replacing malloc" in glibc's manual, [replacement.functions] in C++. */
static const char *const names[] = {
    "malloc",
    "free",
    "calloc",
    "realloc",
    "aligned_alloc",
    "malloc_usable_size",
    "memalign",
    "posix_memalign",
    "pvalloc",
    "valloc",
    "_Znwm",
    "_ZnwmRKSt9nothrow_t",
    "_ZnwmSt11align_val_t",
    "_ZnwmSt11align_val_tRKSt9nothrow_t",
    "_Znam",
    "_ZnamRKSt9nothrow_t",
    "_ZnamSt11align_val_t",
    "_ZnamSt11align_val_tRKSt9nothrow_t",
    "_ZdlPv",
    "_ZdlPvm",
    "_ZdlPvRKSt9nothrow_t",
    "_ZdlPvSt11align_val_t",
    "_ZdlPvmSt11align_val_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPv",
    "_ZdaPvm",
    "_ZdaPvRKSt9nothrow_t",
    "_ZdaPvSt11align_val_t",
    "_ZdaPvmSt11align_val_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t",
};
enum { NAME_COUNT = sizeof names / sizeof names[0], NAME_SIZE = 40 };

/* A definition that a linked program would show to shared libraries. */
static bool is_shown(struct lzr_session *session, const char *name) {
  lzr_session_lock(session);
  const struct lzr_symbol *symbol =
      lzr_map_get(&lzr_session_main_library(session)->symbols, name);
  bool shown = symbol && symbol->definition && !symbol->definition->hidden &&
               (symbol->entity == LZR_ENTITY_FUNCTION ||
                symbol->entity == LZR_ENTITY_ALIAS ||
                symbol->entity == LZR_ENTITY_IFUNC);
  lzr_session_unlock(session);
  return shown;
}

static size_t list_shown(struct lzr_session *session, const char **shown) {
  size_t count = 0;
  for (size_t i = 0; i < NAME_COUNT; i++)
    if (is_shown(session, names[i]))
      shown[count++] = names[i];
  return count;
}

/* ---- Compiling ------------------------------------------------------------
 */

/* Under lock. What compiles a function that has been mentioned and has no code;
   NULL for any other. */
static struct lzr_group *cold_group(const struct lzr_symbol *symbol) {
  bool cold = symbol->has_stub && symbol->entity == LZR_ENTITY_FUNCTION &&
              !atomic_load(&symbol->body);
  return cold ? atomic_load(&symbol->group) : NULL;
}

static struct lzr_group *next_cold(struct lzr_session *session, size_t *module,
                                   size_t *definition) {
  struct lzr_group *group = NULL;
  lzr_session_lock(session);
  for (; !group && *module < session->module_count; (*module)++) {
    const struct lzr_module *in = session->modules[*module];
    size_t count = lzr_source_definition_count(in->source);
    while (!group && *definition < count)
      group = cold_group(in->symbols[(*definition)++]);
    if (group)
      break;
    *definition = 0;
  }
  lzr_session_unlock(session);
  return group;
}

/* A library may call malloc with a lock held that compiling needs, so that call
   must not be the first of anything: all that the functions mention is compiled
   now, and what that mentions. What cannot be is an error when it is called. */
static void compile_mentioned(struct lzr_session *session) {
  uint64_t before;
  do {
    size_t module = 0, definition = 0;
    struct lzr_group *group;
    before = session->counters.functions_compiled;
    while ((group = next_cold(session, &module, &definition)))
      lzr_error_destroy(lzr_workers_demand(&session->workers, &group->job));
  } while (session->counters.functions_compiled != before);
}

/* ---- Binding --------------------------------------------------------------
 */

/* Puts a name into the target for as long as the call takes. */
static lzr_error *write_name(lzr_tpc *tpc, const char *name,
                             lzr_allocation **allocation) {
  struct lzr_layout layout = {.size[LZR_PROT_DATA] = NAME_SIZE};
  lzr_error *error = lzr_tpc_reserve(tpc, &layout, allocation);
  if (error)
    return error;
  struct lzr_segment segment = {.address =
                                    (*allocation)->address[LZR_PROT_DATA],
                                .bytes = (const uint8_t *)name,
                                .byte_count = strlen(name) + 1};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  return lzr_tpc_commit(tpc, *allocation, &commit);
}

static lzr_error *bind(struct lzr_session *session, lzr_addr interpose,
                       const char *name) {
  static const lzr_type pointers[] = {LZR_TYPE_PTR, LZR_TYPE_PTR};
  struct lzr_signature signature = {LZR_TYPE_I32, pointers, 2, 2};
  lzr_allocation *written = NULL;
  lzr_value arguments[2], result;
  lzr_error *error = write_name(session->tpc, name, &written);
  if (!error)
    error = lzr_look_up(lzr_session_main_library(session), NULL, name,
                        &arguments[1].ptr);
  if (!error) {
    arguments[0].ptr = written->address[LZR_PROT_DATA];
    error =
        lzr_tpc_call(session->tpc, interpose, &signature, arguments, &result);
  }
  if (written)
    lzr_tpc_release(session->tpc, written);
  return lzr_error_wrap(error, "binding shared libraries to '%s'", name);
}

static lzr_error *find_interpose(struct lzr_session *session, const char *name,
                                 lzr_addr *interpose) {
  struct lzr_name wanted = {.name = "lzr_interpose"};
  lzr_error *error = lzr_tpc_lookup(session->tpc, 0, &wanted, 1);
  *interpose = wanted.address;
  if (!error && !wanted.address)
    error = lzr_error_create(
        LZR_ERROR_UNSUPPORTED,
        "the program defines '%s', which this executor cannot make its "
        "libraries call; lazyrun-executor can",
        name);
  return error;
}

lzr_error *lzr_session_interpose(struct lzr_session *session) {
  const char *shown[NAME_COUNT];
  size_t count = list_shown(session, shown);
  if (session->interposed || !session->options.owns_process || count == 0)
    return NULL;
  session->interposed = true;
  lzr_addr interpose, address;
  lzr_error *error = find_interpose(session, shown[0], &interpose);
  for (size_t i = 0; i < count && !error; i++)
    error = lzr_look_up(lzr_session_main_library(session), NULL, shown[i],
                        &address);
  if (!error)
    compile_mentioned(session);
  for (size_t i = 0; i < count && !error; i++)
    error = bind(session, interpose, shown[i]);
  return error;
}
