#include "runtime/session.h"

#include <llvm-c/Core.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/dump.h"
#include "runtime/link/link.h"
#include "runtime/trace.h"

enum { MAX_COMPILE_THREADS = 64 };

/* ---- Small services -------------------------------------------------------
 */

bool lzr_array_grow(void **array, size_t count, size_t size) {
  if (count & (count - 1))
    return true; /* full only when count is a power of two, or 0 */
  size_t capacity = count ? 2 * count : 1;
  void *grown = reallocarray(*array, capacity, size);
  if (grown)
    *array = grown;
  return grown != NULL;
}

bool lzr_session_keep(lzr_session *session, void *pointer) {
  if (!lzr_array_grow((void **)&session->strings, session->string_count,
                      sizeof *session->strings)) {
    free(pointer);
    return false;
  }
  session->strings[session->string_count++] = pointer;
  return true;
}

void lzr_session_lock(lzr_session *session) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_mutex_lock(&session->lock);
  session->signals = before;
}

void lzr_session_unlock(lzr_session *session) {
  sigset_t before = session->signals;
  pthread_mutex_unlock(&session->lock);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

lzr_error *lzr_out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
}

uint64_t lzr_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *lzr_version(void) {
  static char version[64]; /* every thread writes the same */
  unsigned major, minor, patch;
  LLVMGetVersion(&major, &minor, &patch);
  snprintf(version, sizeof version, "lazyrun %s (LLVM %u.%u.%u)", LZR_VERSION,
           major, minor, patch);
  return version;
}

/* ---- Creation -------------------------------------------------------------
 */

static lzr_error *check_options(const struct lzr_session_options *options) {
  if (options->size != sizeof *options && options->size != 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "session options of %zu bytes, expected %zu",
                            options->size, sizeof *options);
  if (options->optimization < 0 || options->optimization > 3)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "optimization level %d is not one of 0 to 3",
                            options->optimization);
  if (options->compile_threads > MAX_COMPILE_THREADS)
    return lzr_error_create(LZR_ERROR_LIMIT, "%u compile threads; at most %d",
                            options->compile_threads, MAX_COMPILE_THREADS);
  return NULL;
}

static lzr_error *keep_string(lzr_session *session, const char **string) {
  if (!*string)
    return NULL;
  char *copy = strdup(*string);
  if (!copy || !lzr_session_keep(session, copy))
    return lzr_out_of_memory();
  *string = copy;
  return NULL;
}

static lzr_error *take_options(lzr_session *session,
                               const struct lzr_session_options *given) {
  if (given) {
    lzr_error *error = check_options(given);
    if (error)
      return error;
    session->options = *given;
  }
  struct lzr_session_options *options = &session->options;
  if (options->compile_threads == 0)
    options->compile_threads = 1;
  lzr_error *error = keep_string(session, &options->cpu);
  if (!error)
    error = keep_string(session, &options->features);
  if (!error)
    error = keep_string(session, &options->dump_directory);
  if (!error && options->dump_directory)
    error = lzr_dump_prepare(options->dump_directory);
  return error;
}

static void init_locks(lzr_session *session) {
  pthread_mutexattr_t recursive;
  pthread_mutexattr_init(&recursive);
  pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&session->data_lock, &recursive);
  pthread_mutexattr_destroy(&recursive);
  pthread_mutex_init(&session->lock, NULL);
}

static lzr_error *create_main_library(lzr_session *session) {
  lzr_library *library;
  lzr_error *error = lzr_session_create_library(session, "main", &library);
  if (!error && !session->options.no_process_symbols)
    error = lzr_library_search_process(library);
  return error;
}

/* The steps, in the order in which lzr_session_destroy undoes them. */
static lzr_error *set_up(lzr_session *session,
                         const struct lzr_session_options *options) {
  lzr_error *error = take_options(session, options);
  if (!error)
    error = lzr_workers_init(&session->workers, session,
                             session->options.compile_threads);
  if (!error && !session->tpc)
    error = lzr_tpc_create_self(&session->tpc);
  if (!error)
    session->arch = lzr_arch_for_triple(lzr_tpc_facts(session->tpc)->triple);
  if (!error)
    error = lzr_session_choose_cpu(session);
  if (!error)
    error = lzr_indirection_create(session->tpc, &session->indirection);
  if (!error)
    error = lzr_tls_descriptor_create(session);
  if (!error)
    error = create_main_library(session);
  if (!error)
    error = lzr_platform_create(session);
  if (!error)
    error = lzr_session_watch_forks(session);
  return error;
}

lzr_error *lzr_session_create(lzr_tpc *tpc,
                              const struct lzr_session_options *options,
                              lzr_session **session) {
  *session = NULL;
  lzr_session *made = calloc(1, sizeof *made);
  if (!made) {
    lzr_tpc_close(tpc);
    return lzr_out_of_memory();
  }
  lzr_trace_init();
  made->tpc = tpc;
  init_locks(made);
  lzr_error *error = set_up(made, options);
  if (error) {
    lzr_session_destroy(made);
    return error;
  }
  *session = made;
  return NULL;
}

/* ---- Destruction ----------------------------------------------------------
 */

static void free_module(struct lzr_module *module) {
  lzr_map_fini(&module->locals);
  lzr_error_destroy(module->data_error);
  for (uint32_t i = 0; i < lzr_source_group_count(module->source); i++)
    lzr_error_destroy(module->groups[i].job.error);
  lzr_source_close(module->source);
  free(module->groups);
  free(module->symbols);
  free(module->own);
  free(module->bitcode);
  free(module->name);
  free(module);
}

static void free_library(lzr_library *library) {
  lzr_map_fini(&library->symbols);
  lzr_map_fini(&library->found);
  free(library->searches);
  free(library->name);
  free(library);
}

static void free_extents(lzr_session *session) {
  struct lzr_extent_chunk *chunk = atomic_load(&session->extents);
  while (chunk) {
    struct lzr_extent_chunk *older = chunk->older;
    free(chunk);
    chunk = older;
  }
}

/* What is in the target goes before what describes it here. */
void lzr_session_destroy(lzr_session *session) {
  if (!session)
    return;
  lzr_platform_finalize(session);
  lzr_session_forget_forks(session);
  lzr_workers_fini(&session->workers);
  for (size_t i = session->image_count; i-- > 0;)
    lzr_image_release(session->images[i]);
  lzr_indirection_destroy(session->indirection);
  if (session->tpc) {
    lzr_tpc_release(session->tpc, session->tls_descriptor);
    lzr_tpc_release(session->tpc, session->dso_handle);
  }
  lzr_tpc_close(session->tpc);
  for (size_t i = session->library_count; i-- > 0;)
    free_library(session->libraries[i]);
  for (size_t i = session->module_count; i-- > 0;)
    free_module(session->modules[i]);
  for (struct lzr_symbol *i = session->imports; i; i = i->next_import)
    lzr_error_destroy(i->import.error);
  for (size_t i = 0; i < session->string_count; i++)
    free(session->strings[i]);
  free_extents(session);
  free(session->images);
  free(session->libraries);
  free(session->modules);
  free(session->strings);
  lzr_error_destroy(session->failure);
  pthread_mutex_destroy(&session->lock);
  pthread_mutex_destroy(&session->data_lock);
  free(session);
}

/* ---- Looking on -----------------------------------------------------------
 */

lzr_library *lzr_session_main_library(lzr_session *session) {
  return session->libraries[0];
}

lzr_error *lzr_session_take_failure(lzr_session *session) {
  lzr_session_lock(session);
  lzr_error *failure = session->failure;
  session->failure = NULL;
  lzr_session_unlock(session);
  return failure;
}

void lzr_session_get_statistics(lzr_session *session,
                                struct lzr_session_statistics *statistics) {
#define LOAD(field)                                                            \
  statistics->field =                                                          \
      atomic_load_explicit(&session->counters.field, memory_order_relaxed)
  LOAD(functions_defined);
  LOAD(functions_compiled);
  LOAD(units);
  LOAD(first_calls);
  LOAD(code_bytes);
  LOAD(constant_bytes);
  LOAD(data_bytes);
  LOAD(open_time);
  LOAD(read_time);
  LOAD(move_time);
  LOAD(codegen_time);
  LOAD(link_time);
  LOAD(commit_time);
#undef LOAD
}

bool lzr_session_describe(lzr_session *session, lzr_addr address,
                          const char **function, uint64_t *offset,
                          uint32_t *unit) {
  struct lzr_extent_chunk *chunk =
      atomic_load_explicit(&session->extents, memory_order_acquire);
  for (; chunk; chunk = chunk->older) {
    size_t count = atomic_load_explicit(&chunk->count, memory_order_acquire);
    for (size_t i = 0; i < count; i++) {
      const struct lzr_extent *extent = &chunk->extents[i];
      if (address - extent->start >= extent->size)
        continue;
      *function = extent->name;
      *offset = address - extent->start;
      *unit = extent->unit;
      return true;
    }
  }
  return false;
}
