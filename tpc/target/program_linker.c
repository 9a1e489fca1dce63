/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/program_linker.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/target/bindings.h"
#include "tpc/target/interpose.h"
#include "tpc/target/program_object.h"

/* ---- Libraries that have been loaded ---- */

/* Libraries from the first-th that dl_iterate_phdr lists. */
struct visit {
  size_t first, index;
  void (*visit)(void *data, const struct lzr_binding *binding);
  void *data;
};

static int visit_library(struct dl_phdr_info *info, size_t size, void *data) {
  struct visit *visit = data;

  (void)size;
  if (visit->index++ >= visit->first && visit->visit)
    lzr_bindings_visit(info, visit->visit, visit->data);
  return 0;
}

static size_t count_libraries(void) {
  struct visit all = {0};

  dl_iterate_phdr(visit_library, &all);
  return all.index;
}

/* ---- Binding to the program ---- */

struct bindings {
  struct lzr_binding *items; /* owned */
  size_t count;
};

static bool is_bound_to_program(const struct lzr_binding *binding) {
  uintptr_t address = (uintptr_t)lzr_program_find(binding->name);

  return !address || *binding->word == address;
}

/* Within dl_iterate_phdr nothing can be asked of the dynamic linker. */
static void collect(void *data, const struct lzr_binding *binding) {
  struct bindings *bindings = data;
  struct lzr_binding *grown;

  if (is_bound_to_program(binding))
    return;
  grown = lzr_array_grow(bindings->items, bindings->count, sizeof *grown);
  if (!grown)
    return;
  bindings->items = grown;
  bindings->items[bindings->count++] = *binding;
}

/* A library that is bound to a definition of its own, where all others would
   find the program's or another library's, was linked to be. */
static void bind_to_program(const struct lzr_binding *binding) {
  uintptr_t program = (uintptr_t)lzr_program_find(binding->name);
  uintptr_t earlier = (uintptr_t)dlsym(RTLD_DEFAULT, binding->name);
  bool is_unbound = binding->is_lazy && !binding->of_own;

  if (earlier && earlier != program &&
      (*binding->word == earlier || is_unbound))
    lzr_binding_store(binding, program);
}

static void bind_libraries(size_t first) {
  struct bindings bindings = {NULL, 0};
  struct visit loaded = {first, 0, collect, &bindings};

  dl_iterate_phdr(visit_library, &loaded);
  for (size_t i = 0; i < bindings.count; i++)
    bind_to_program(&bindings.items[i]);
  free(bindings.items);
}

/* ---- For the program ---- */

static _Atomic(void *) whole_program; /* the handle of dlopen(NULL) */

void *lzr_program_dlopen(const char *file, int mode) {
  size_t before = count_libraries();
  void *handle = dlopen(file, mode);

  if (handle && !file)
    atomic_store(&whole_program, handle);
  if (handle && file) {
    bind_libraries(before);
    lzr_interpose_again();
  }
  return handle;
}

/* Looks in the libraries that were loaded after the program, whose name is at
   address. */
static void *find_behind(const void *address, const char *name) {
  struct link_map *map;
  void *found = NULL;
  Dl_info info;

  if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP))
    return NULL;
  while (!found && (map = map->l_next)) {
    void *library = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);

    if (!library)
      continue;
    found = dlsym(library, name);
    dlclose(library);
  }
  return found;
}

/* This must be a call and not a jump, because the return address tells libc who
   asks. */
void *lzr_program_dlsym(void *handle, const char *name) {
  bool asks_all =
      handle == RTLD_DEFAULT || handle == atomic_load(&whole_program);
  void *volatile address = asks_all ? lzr_program_find(name) : NULL;

  if (!address)
    address = dlsym(handle, name);
  if (handle == RTLD_NEXT && address && address == lzr_program_find(name))
    address = find_behind(address, name);
  return address;
}

/* ---- Names of addresses ---- */

_Atomic(uint64_t) lzr_program_describer;

/* What dladdr is asked about: the function, if address lies in the code of one
   of the program's. The dynamic linker knows functions by their addresses, and
   compiled code lies elsewhere. */
static const void *name_giver(const void *address) {
  uint64_t context = atomic_load(&lzr_program_describer), function = 0;

  if (context)
    function = (*(uint64_t (**)(void *, uint64_t))(uintptr_t)context)(
        (void *)(uintptr_t)context, (uintptr_t)address);
  return function ? (const void *)(uintptr_t)function : address;
}

int lzr_program_dladdr(const void *address, Dl_info *info) {
  int found = dladdr(address, info);

  return found && info->dli_sname ? found : dladdr(name_giver(address), info);
}

int lzr_program_dladdr1(const void *address, Dl_info *info, void **extra,
                        int flags) {
  int found = dladdr1(address, info, extra, flags);

  return found && info->dli_sname
             ? found
             : dladdr1(name_giver(address), info, extra, flags);
}

/* ---- For the controller ---- */

static void look_at_name(void *data, const struct lzr_binding *binding) {
  static const char *const names[] = {"dlopen", "dlmopen", "dlsym",
                                      "dlvsym", "dladdr",  "dladdr1"};
  bool *asks = data;

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    *asks |= strcmp(binding->name, names[i]) == 0;
}

int32_t lzr_libraries_ask(void) {
  bool asks = false;
  struct visit loaded = {lzr_interpose_libraries(), 0, look_at_name, &asks};

  dl_iterate_phdr(visit_library, &loaded);
  return asks;
}
