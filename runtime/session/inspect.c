/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Counters, and which functions have been compiled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session/inspect.h"
#include "tpc/base/memory.h"

/* Fills in a struct of a client's, which may be shorter or longer than ours. */
static void fill(void *theirs, size_t their_size, const void *ours,
                 size_t our_size) {
  memcpy(theirs, ours, their_size < our_size ? their_size : our_size);
  if (their_size > our_size)
    memset((char *)theirs + our_size, 0, their_size - our_size);
}

static char version[64];

static void write_version(void) {
  char llvm[LZR_LLVM_VERSION_SIZE];
  lzr_compiler_version(llvm);
  snprintf(version, sizeof version, "lazyrun %s (LLVM %s)", LZR_VERSION, llvm);
}

const char *lzr_version(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, write_version);
  return version;
}

void lzr_session_get_statistics(lzr_session *session,
                                struct lzr_session_statistics *statistics) {
  struct lzr_session_statistics all = {.size = statistics->size};
#define LOAD(field)                                                            \
  all.field = atomic_load_explicit(&session->builder.counters.field,           \
                                   memory_order_relaxed)
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
  LOAD(passes_time);
  LOAD(codegen_time);
  LOAD(link_time);
  LOAD(commit_time);
#undef LOAD
  lzr_compiler *compiler = atomic_load(&session->compiler);
  if (compiler)
    all.functions_baseline = lzr_compiler_count_baseline(compiler);
  fill(statistics, statistics->size, &all, sizeof all);
}

/* Functions that the baseline generator has not made. */

lzr_error *lzr_session_list_fallbacks(lzr_session *session,
                                      struct lzr_fallback_info **fallbacks,
                                      size_t *count) {
  struct lzr_fallback *list = NULL;
  lzr_compiler *compiler = atomic_load(&session->compiler);
  *count = 0;
  lzr_error *error =
      compiler ? lzr_compiler_list_fallbacks(compiler, &list, count) : NULL;
  if (error)
    return error;
  *fallbacks = calloc(*count + 1, sizeof **fallbacks);
  for (size_t i = 0; *fallbacks && i < *count; i++)
    (*fallbacks)[i] =
        (struct lzr_fallback_info){.size = sizeof **fallbacks,
                                   .reason = list[i].reason,
                                   .functions = list[i].functions};
  free(list);
  return *fallbacks ? NULL : lzr_out_of_memory();
}

/* Units. */

lzr_error *lzr_session_list_slowest_units(lzr_session *session,
                                          struct lzr_unit_info **units,
                                          size_t *count) {
  struct lzr_slow_unit slowest[LZR_SLOWEST];
  *count = lzr_slowest_list(&session->builder.slowest, slowest);
  struct lzr_unit_info *list = calloc(*count + 1, sizeof *list);
  for (size_t i = 0; list && i < *count; i++) {
    list[i] = (struct lzr_unit_info){.size = sizeof *list,
                                     .time = slowest[i].time,
                                     .number = slowest[i].number,
                                     .functions = slowest[i].functions};
    _Static_assert(sizeof list->name == sizeof slowest->name, "copied whole");
    memcpy(list[i].name, slowest[i].name, sizeof list->name);
  }
  *units = list;
  return list ? NULL : lzr_out_of_memory();
}

/* Compiled functions. */

static struct lzr_function_info info_of(const struct lzr_extent *extent) {
  return (struct lzr_function_info){.size = sizeof(struct lzr_function_info),
                                    .name = extent->symbol->name,
                                    .module = extent->module,
                                    .address = extent->start,
                                    .code_size = extent->size,
                                    .unit = extent->unit,
                                    .version = extent->version};
}

void lzr_session_tell_compiled(void *data, const struct lzr_extent *extents,
                               size_t count) {
  const lzr_session *session = data;
  for (size_t i = 0; i < count; i++) {
    struct lzr_function_info function = info_of(&extents[i]);
    session->options.on_compiled(session->options.data, &function);
  }
}

bool lzr_session_describe(lzr_session *session, lzr_addr address,
                          struct lzr_function_info *function) {
  struct lzr_extent extent;
  if (!lzr_extents_find(&session->builder.extents, address, &extent))
    return false;
  struct lzr_function_info all = info_of(&extent);
  all.size = function->size;
  fill(function, function->size, &all, sizeof all);
  return true;
}

lzr_error *lzr_session_list_functions(lzr_session *session,
                                      struct lzr_function_info **functions,
                                      size_t *count) {
  struct lzr_extent *extents;
  if (!lzr_extents_list(&session->builder.extents, &extents, count))
    return lzr_out_of_memory();
  struct lzr_function_info *list = calloc(*count + 1, sizeof *list);
  for (size_t i = 0; list && i < *count; i++)
    list[i] = info_of(&extents[i]);
  free(extents);
  *functions = list;
  return list ? NULL : lzr_out_of_memory();
}
