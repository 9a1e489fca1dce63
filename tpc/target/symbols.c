/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/symbols.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/common/names.h"
#include "tpc/target/fork.h"
#include "tpc/target/interpose.h"
#include "tpc/target/machine.h"
#include "tpc/target/program_linker.h"
#include "tpc/target/signals.h"
#include "tpc/target/tls.h"

/* ---- Libraries ---- */

/* Under the lock. */
static bool is_known(const struct lzr_libraries *libraries,
                     const void *handle) {
  for (size_t i = 0; i < libraries->count; i++)
    if (libraries->handles[i] == handle)
      return true;
  return false;
}

/* False without memory. */
static bool remember(struct lzr_libraries *libraries, void *handle) {
  void **handles = libraries->handles;
  bool known;

  lzr_target_lock();
  known = is_known(libraries, handle);
  if (!known)
    handles = lzr_array_grow(handles, libraries->count, sizeof *handles);
  if (!known && handles) {
    handles[libraries->count++] = handle;
    libraries->handles = handles;
    known = true;
  }
  lzr_target_unlock();
  return known;
}

void lzr_libraries_fini(struct lzr_libraries *libraries) {
  free(libraries->handles);
  *libraries = (struct lzr_libraries){0};
}

/* RTLD_NOW: a function that the library itself lacks becomes an error that
   names the function now, instead of the end of the process at its first
   call. */
lzr_error *lzr_libraries_open(struct lzr_libraries *libraries, const char *path,
                              lzr_library_handle *handle) {
  void *opened = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  const char *reason = opened ? NULL : dlerror();

  if (!opened)
    return lzr_error_create(LZR_ERROR_FILE, "cannot load library '%s': %s",
                            path, reason ? reason : "unknown reason");
  if (!remember(libraries, opened))
    return lzr_out_of_memory();
  *handle = (uintptr_t)opened;
  return NULL;
}

/* ---- Thread-local variables ---- */

struct tls_search {
  uintptr_t address;
  struct lzr_name *name;
};

static uint64_t tls_size(const struct dl_phdr_info *info) {
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_TLS)
      return info->dlpi_phdr[i].p_memsz;
  return 0;
}

/* Whether the variable lies in this module's block of the calling thread. */
static int visit_module(struct dl_phdr_info *info, size_t size, void *data) {
  const struct tls_search *search = data;
  uintptr_t start = (uintptr_t)info->dlpi_tls_data;

  (void)size;
  if (!start || search->address < start ||
      search->address - start >= tls_size(info))
    return 0;
  search->name->tls_module = info->dlpi_tls_modid;
  return 1;
}

/* dlsym has returned the address of the calling thread's copy. Architectures
   differ in where offset 0 is, so libc's own function computes it. */
static lzr_error *locate_tls(struct lzr_name *name) {
  struct tls_search search = {(uintptr_t)name->address, name};

  if (!dl_iterate_phdr(visit_module, &search))
    return lzr_error_create(LZR_ERROR_SYMBOL,
                            "'%s' is not thread-local in the target, as its "
                            "users think",
                            name->name);
  struct lzr_tls_entry origin = {name->tls_module, 0};
  name->tls_offset = search.address - (uintptr_t)__tls_get_addr(&origin);
  return NULL;
}

/* ---- Names ---- */

/* Names for which compiled code gets a function of lazyrun's. */
static const struct {
  const char *name;
  uintptr_t address;
} own_names[] = {
    {"dlopen", (uintptr_t)lzr_program_dlopen},
    {"dlsym", (uintptr_t)lzr_program_dlsym},
    {"dladdr", (uintptr_t)lzr_program_dladdr},
    {"dladdr1", (uintptr_t)lzr_program_dladdr1},
    {"lzr_program_describer", (uintptr_t)&lzr_program_describer},
    {"lzr_interpose", (uintptr_t)lzr_interpose},
    {"lzr_libraries_ask", (uintptr_t)lzr_libraries_ask},
    {"sigaction", (uintptr_t)lzr_program_sigaction},
    {"sigaltstack", (uintptr_t)lzr_program_sigaltstack},
    {"signal", (uintptr_t)lzr_program_signal},
    {"bsd_signal", (uintptr_t)lzr_program_signal},
    {"ssignal", (uintptr_t)lzr_program_signal},
    {"sysv_signal", (uintptr_t)lzr_program_sysv_signal},
    {"__sysv_signal", (uintptr_t)lzr_program_sysv_signal},
    {"sigset", (uintptr_t)lzr_program_sigset},
};

static uintptr_t find_own(const char *name) {
  for (size_t i = 0; i < sizeof own_names / sizeof own_names[0]; i++)
    if (strcmp(own_names[i].name, name) == 0)
      return own_names[i].address;
  for (size_t i = 0; lzr_machine_names[i].name; i++)
    if (strcmp(lzr_machine_names[i].name, name) == 0)
      return lzr_machine_names[i].address;
  return 0;
}

/* A library that has one of the names counts as having lazyrun's function. */
static uintptr_t find(void *handle, const char *name) {
  uintptr_t own = find_own(name), address;

  if (own && handle == RTLD_DEFAULT)
    return own;
  address = (uintptr_t)dlsym(handle, name);
  return address && own ? own : address;
}

static lzr_error *look_up(void *handle, struct lzr_name *name) {
  name->address = find(handle, name->name);
  name->tls_module = 0;
  name->tls_offset = 0;
  if (!name->address || !name->thread_local_storage)
    return NULL;
  return locate_tls(name);
}

lzr_error *lzr_libraries_lookup(struct lzr_libraries *libraries,
                                lzr_library_handle handle,
                                struct lzr_name *names, size_t count) {
  void *where = handle ? (void *)(uintptr_t)handle : RTLD_DEFAULT;
  lzr_error *error = NULL;
  bool known;

  lzr_target_lock();
  known = !handle || is_known(libraries, where);
  lzr_target_unlock();
  if (!known)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "0x%llx is not an opened library",
                            (unsigned long long)handle);
  for (size_t i = 0; i < count && !error; i++)
    error = look_up(where, &names[i]);
  return error ? error : lzr_names_check(names, count);
}
