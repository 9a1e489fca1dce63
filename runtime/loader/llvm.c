/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The functions of runtime/llvm/ in a program that does not contain them: the
 * first call that needs LLVM loads the module that does. A program that makes
 * stubs alone stays without LLVM, whose loading takes 20 ms.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "runtime/llvm/functions.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct lzr_llvm_functions *_Atomic llvm; /* set once, by load() */
static char failure[8192]; /* why there is none; constant after load() */
static pthread_mutex_t handler_lock = PTHREAD_MUTEX_INITIALIZER;
static lzr_addr crash_handler; /* handler_lock guards it, and the next */
static const struct lzr_crash_hooks *crash_hooks;

/* The module lies beside the library that this code is in. */
static bool find_module(char *path, size_t size) {
  Dl_info self;
  if (!dladdr((void *)find_module, &self) || !self.dli_fname)
    return false;
  const char *slash = strrchr(self.dli_fname, '/');
  int folder = slash ? (int)(slash - self.dli_fname) : 1;
  int length = snprintf(path, size, "%.*s/" LZR_LLVM_MODULE, folder,
                        slash ? self.dli_fname : ".");
  return length > 0 && (size_t)length < size;
}

static void load(void) {
  char path[4096];
  if (!find_module(path, sizeof path)) {
    snprintf(failure, sizeof failure, "the folder of lazyrun's library");
    return;
  }
  void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  const struct lzr_llvm_functions *found =
      module ? dlsym(module, "lzr_llvm_functions") : NULL;
  if (!found) {
    const char *reason = dlerror();
    snprintf(failure, sizeof failure, "%s", reason ? reason : path);
  } else if (strcmp(found->version, LZR_VERSION) != 0) {
    snprintf(failure, sizeof failure,
             "%s is of lazyrun %s, not of " LZR_VERSION, path, found->version);
  } else {
    pthread_mutex_lock(&handler_lock);
    atomic_store(&llvm, found);
    found->compiler_set_crash_handler(crash_handler, crash_hooks);
    pthread_mutex_unlock(&handler_lock);
  }
}

/* NULL if LLVM cannot be loaded. */
static const struct lzr_llvm_functions *functions(void) {
  pthread_once(&once, load);
  return atomic_load(&llvm);
}

static lzr_error *is_missing(void) {
  return lzr_error_create(LZR_ERROR_FILE, "LLVM cannot be loaded: %s", failure);
}

lzr_error *lzr_compiler_create(const struct lzr_compiler_options *options,
                               lzr_compiler **compiler) {
  return functions() ? functions()->compiler_create(options, compiler)
                     : is_missing();
}

void lzr_compiler_destroy(lzr_compiler *compiler) {
  if (compiler)
    functions()->compiler_destroy(compiler);
}

bool lzr_compiler_has_baseline(const struct lzr_arch *arch) {
  return functions() && functions()->compiler_has_baseline(arch);
}

uint64_t lzr_compiler_count_baseline(lzr_compiler *compiler) {
  return functions()->compiler_count_baseline(compiler);
}

lzr_error *lzr_compiler_list_fallbacks(lzr_compiler *compiler,
                                       struct lzr_fallback **list,
                                       size_t *count) {
  return functions()->compiler_list_fallbacks(compiler, list, count);
}

lzr_error *lzr_compiler_disassemble(lzr_compiler *compiler, unsigned thread,
                                    const uint8_t *bytes, size_t size,
                                    uint64_t address, char **text) {
  return functions()->compiler_disassemble(compiler, thread, bytes, size,
                                           address, text);
}

lzr_error *lzr_compiler_host_cpu(char **cpu, char **features) {
  return functions() ? functions()->compiler_host_cpu(cpu, features)
                     : is_missing();
}

void lzr_compiler_set_crash_handler(lzr_addr handler,
                                    const struct lzr_crash_hooks *hooks) {
  pthread_mutex_lock(&handler_lock);
  crash_handler = handler;
  crash_hooks = hooks;
  if (atomic_load(&llvm))
    atomic_load(&llvm)->compiler_set_crash_handler(handler, hooks);
  pthread_mutex_unlock(&handler_lock);
}

/* Called in signal handlers, which may not load anything. */
bool lzr_compiler_leave(const char *reason) {
  return atomic_load(&llvm) && atomic_load(&llvm)->compiler_leave(reason);
}

void lzr_compiler_version(char text[LZR_LLVM_VERSION_SIZE]) {
  if (functions())
    functions()->compiler_version(text);
  else
    snprintf(text, LZR_LLVM_VERSION_SIZE, "none");
}

lzr_error *lzr_bitcode_open(lzr_compiler *compiler, const char *name,
                            char *bitcode, size_t size, lzr_module **module) {
  return functions()->bitcode_open(compiler, name, bitcode, size, module);
}

lzr_error *lzr_bitcode_from_bytes(const char *name, const char *bytes,
                                  size_t size, char **bitcode,
                                  size_t *bitcode_size) {
  return functions() ? functions()->bitcode_from_bytes(name, bytes, size,
                                                       bitcode, bitcode_size)
                     : is_missing();
}

lzr_error *lzr_bitcode_from_module(const char *name,
                                   struct LLVMOpaqueModule *module,
                                   bool unchecked, char **bitcode,
                                   size_t *bitcode_size) {
  return functions() ? functions()->bitcode_from_module(name, module, unchecked,
                                                        bitcode, bitcode_size)
                     : is_missing();
}
