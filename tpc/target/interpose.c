/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/interpose.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/thread.h"
#include "tpc/target/bindings.h"

typedef uintptr_t function_of_words(uintptr_t, uintptr_t, uintptr_t, uintptr_t);

struct interposed {
  const char *name;
  function_of_words *shim;
  _Atomic(function_of_words *) theirs; /* the program's */
  _Atomic(function_of_words *) ours;   /* the previous function, or NULL */
};

/* ---- Shims ---- */

static struct interposed table[];

static function_of_words *choose(const struct interposed *interposed) {
  return atomic_load_explicit(lzr_own_thread ? &interposed->ours
                                             : &interposed->theirs,
                              memory_order_acquire);
}

/* operator new and delete, malloc and its family: 30 names. The numbers are
   octal. */
#define EIGHT_SHIMS(X, row)                                                    \
  X(row##0)                                                                    \
  X(row##1) X(row##2) X(row##3) X(row##4) X(row##5) X(row##6) X(row##7)
#define SHIMS(X)                                                               \
  EIGHT_SHIMS(X, 0) EIGHT_SHIMS(X, 01) EIGHT_SHIMS(X, 02) EIGHT_SHIMS(X, 03)

#define DEFINE_SHIM(number)                                                    \
  static uintptr_t shim_##number(uintptr_t a, uintptr_t b, uintptr_t c,        \
                                 uintptr_t d) {                                \
    return choose(&table[number])(a, b, c, d);                                 \
  }
#define TABLE_ENTRY(number) {.shim = shim_##number},

SHIMS(DEFINE_SHIM)
static struct interposed table[] = {SHIMS(TABLE_ENTRY)};
enum { TABLE_SIZE = sizeof table / sizeof table[0] };

static _Atomic size_t count; /* stored after the entry it covers */

/* ---- Libraries ---- */

static size_t libraries_of_ours;

static int count_library(struct dl_phdr_info *info, size_t size, void *data) {
  (void)info, (void)size, (void)data;
  libraries_of_ours++;
  return 0;
}

/* Libraries that were loaded before the program's are what this process itself
   needs. */
__attribute__((constructor)) static void count_libraries(void) {
  dl_iterate_phdr(count_library, NULL);
}

static const struct interposed *find(const char *name) {
  for (size_t i = atomic_load(&count); i-- > 0;)
    if (strcmp(table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

/* What a library has in its data is replaced only if it still has the dynamic
   linker's value. */
static void rebind(void *data, const struct lzr_binding *binding) {
  const bool *is_ours = data;
  const struct interposed *interposed = find(binding->name);
  function_of_words *function;

  if (!interposed ||
      (binding->in_data && *binding->word != (uintptr_t)interposed->ours))
    return;
  function = *is_ours ? interposed->shim : interposed->theirs;
  if (*binding->word != (uintptr_t)function)
    lzr_binding_store(binding, (uintptr_t)function);
}

/* The unwinder frees its own allocations when a unit is released, on whichever
   thread that happens. The first entry of the list is this program itself. */
static bool is_left_alone(const struct dl_phdr_info *info, size_t index) {
  return index == 0 || strstr(info->dlpi_name, "/libgcc_s.so");
}

static int rebind_library(struct dl_phdr_info *info, size_t size, void *data) {
  size_t *index = data;
  /* this process needs the library, as well as the program */
  bool is_ours = *index < libraries_of_ours;

  (void)size;
  if (!is_left_alone(info, (*index)++))
    lzr_bindings_visit(info, rebind, &is_ours);
  return 0;
}

/* The dynamic linker's lock guards this. */
static void rebind_all(void) {
  size_t index = 0;
  dl_iterate_phdr(rebind_library, &index);
}

/* ---- For the program ---- */

int32_t lzr_interpose(const char *name, void *function) {
  size_t at_end = atomic_load(&count), size = strlen(name) + 1;
  char *copy = at_end < TABLE_SIZE ? malloc(size) : NULL;

  if (!copy)
    return 0;
  table[at_end].name = memcpy(copy, name, size);
  atomic_store(&table[at_end].theirs, (function_of_words *)function);
  atomic_store(&table[at_end].ours,
               (function_of_words *)dlsym(RTLD_DEFAULT, name));
  atomic_store(&count, at_end + 1);
  rebind_all();
  return 1;
}

void lzr_interpose_again(void) {
  if (atomic_load(&count) > 0)
    rebind_all();
}

size_t lzr_interpose_libraries(void) {
  return libraries_of_ours;
}
