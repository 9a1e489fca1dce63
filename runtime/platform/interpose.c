/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program's own allocation functions. The C library and C++ allow a program
 * to define them, and then the whole process allocates with them: the program's
 * own free() gets what strdup() returned. Of all other functions, libc calls
 * its own definitions only.
 */
#include "runtime/platform/interpose.h"

#include <string.h>

#include "runtime/build/lookup.h"

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
static bool is_shown(struct lzr_platform *platform, const char *name) {
  lzr_symbols_lock(platform->symbols);
  const struct lzr_symbol *symbol = lzr_map_get(&platform->main->symbols, name);
  bool shown = symbol && symbol->definition && !symbol->definition->hidden &&
               (symbol->entity == LZR_ENTITY_FUNCTION ||
                symbol->entity == LZR_ENTITY_ALIAS ||
                symbol->entity == LZR_ENTITY_IFUNC);
  lzr_symbols_unlock(platform->symbols);
  return shown;
}

static size_t list_shown(struct lzr_platform *platform, const char **shown) {
  size_t count = 0;
  for (size_t i = 0; i < NAME_COUNT; i++)
    if (is_shown(platform, names[i]))
      shown[count++] = names[i];
  return count;
}

/* Compiling. */

/* Under lock. Returns the job that compiles a function which has been mentioned
   and has no code; NULL for any other. */
static struct lzr_group *cold_group(const struct lzr_symbol *symbol) {
  bool cold = symbol->has_stub && symbol->entity == LZR_ENTITY_FUNCTION &&
              !atomic_load(&symbol->body);
  return cold ? atomic_load(&symbol->group) : NULL;
}

static struct lzr_group *next_cold(struct lzr_platform *platform, size_t *input,
                                   size_t *definition) {
  struct lzr_group *group = NULL;
  lzr_symbols_lock(platform->symbols);
  for (; !group && *input < platform->symbols->input_count; (*input)++) {
    const struct lzr_input *in = platform->symbols->inputs[*input];
    size_t count = in->module->definition_count;
    while (!group && *definition < count)
      group = cold_group(in->entries[(*definition)++].symbol);
    if (group)
      break;
    *definition = 0;
  }
  lzr_symbols_unlock(platform->symbols);
  return group;
}

/* A library may call malloc while it holds a lock that compiling needs, so that
   call must not be the first call of any function. So this compiles all that
   the functions mention, and all that those mention. A function that cannot be
   compiled is an error when it is called. */
static void compile_mentioned(struct lzr_platform *platform) {
  uint64_t before;
  do {
    size_t input = 0, definition = 0;
    struct lzr_group *group;
    before = platform->builder->counters.functions_compiled;
    while ((group = next_cold(platform, &input, &definition)))
      lzr_error_destroy(
          lzr_workers_demand(&platform->builder->workers, &group->job));
  } while (platform->builder->counters.functions_compiled != before);
}

/* Binding. */

/* Defines a name in the target for as long as the call takes. */
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

static lzr_error *bind(struct lzr_platform *platform, lzr_addr interpose,
                       const char *name) {
  static const lzr_type pointers[] = {LZR_TYPE_PTR, LZR_TYPE_PTR};
  struct lzr_signature signature = {LZR_TYPE_I32, pointers, 2, 2};
  lzr_allocation *written = NULL;
  lzr_value arguments[2], result;
  lzr_error *error = write_name(platform->tpc, name, &written);
  if (!error)
    error = lzr_look_up(platform->builder, platform->main, NULL, name, NULL,
                        &arguments[1].ptr);
  if (!error) {
    arguments[0].ptr = written->address[LZR_PROT_DATA];
    error =
        lzr_tpc_call(platform->tpc, interpose, &signature, arguments, &result);
  }
  if (written)
    lzr_tpc_release(platform->tpc, written);
  return lzr_error_wrap(error, "binding shared libraries to '%s'", name);
}

static lzr_error *find_interpose(struct lzr_platform *platform,
                                 const char *name, lzr_addr *interpose) {
  struct lzr_name wanted = {.name = "lzr_interpose"};
  lzr_error *error = lzr_tpc_lookup(platform->tpc, 0, &wanted, 1);
  *interpose = wanted.address;
  if (!error && !wanted.address)
    error = lzr_error_create(
        LZR_ERROR_UNSUPPORTED,
        "the program defines '%s', which this executor cannot make its "
        "libraries call; lazyrun-executor can",
        name);
  return error;
}

lzr_error *lzr_platform_interpose(struct lzr_platform *platform) {
  const char *shown[NAME_COUNT];
  size_t count = list_shown(platform, shown);
  if (platform->interposed || !platform->owns_process || count == 0)
    return NULL;
  platform->interposed = true;
  lzr_addr interpose, address;
  lzr_error *error = find_interpose(platform, shown[0], &interpose);
  for (size_t i = 0; i < count && !error; i++)
    error = lzr_look_up(platform->builder, platform->main, NULL, shown[i], NULL,
                        &address);
  if (!error)
    compile_mentioned(platform);
  for (size_t i = 0; i < count && !error; i++)
    error = bind(platform, interpose, shown[i]);
  return error;
}

static bool defines(struct lzr_platform *platform,
                    const struct lzr_input *input, const char *name) {
  lzr_symbols_lock(platform->symbols);
  const struct lzr_symbol *symbol = lzr_map_get(&platform->main->symbols, name);
  bool defined = symbol && symbol->input == input;
  lzr_symbols_unlock(platform->symbols);
  return defined;
}

lzr_error *lzr_platform_check_removal(struct lzr_platform *platform,
                                      const struct lzr_input *input) {
  for (size_t i = 0; platform->interposed && i < NAME_COUNT; i++)
    if (defines(platform, input, names[i]))
      return lzr_error_create(LZR_ERROR_ARGUMENT,
                              "%s: cannot be removed: shared libraries call "
                              "its '%s'",
                              input->module->name, names[i]);
  return NULL;
}
