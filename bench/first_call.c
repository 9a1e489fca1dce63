/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures a first call that compiles nothing, and a later call:
 *
 *     bench-first-call LIBRARY
 *
 * Ours is the stub, the trampoline, the resolver, a callback that knows the
 * answer, and the store into the slot. The peers are ORC's lazy reexports of
 * functions that exist already, a shared library whose PLT the dynamic linker
 * binds lazily (LIBRARY, made by first_call.sh), and a closure of libffi's,
 * which is called anew each time. One process is one sample.
 */
#include <dlfcn.h>
#include <ffi.h>

#include "bench/orc.h"
#include "bench/own.h"
#include "bench/record.h"

enum { STUBS = 1000 };

typedef int function(int);

static int body(int x) {
  return x + 1;
}

static double call_all(const uint64_t *stubs) {
  double start = thread_time();
  int x = 0;
  for (int i = 0; i < STUBS; i++)
    x = ((function *)(uintptr_t)stubs[i])(x);
  double time = thread_time() - start;
  if (x != STUBS)
    abort();
  return time * 1e3 / STUBS;
}

static void measure(const char *column, const uint64_t *stubs) {
  record_sample("first-call", "first call", column, call_all(stubs));
  record_sample("first-call", "later call", column, call_all(stubs));
}

static void measure_own(void) {
  static struct lazy_function functions[STUBS];
  uint64_t stubs[STUBS];
  lzr_tpc *tpc;
  lzr_indirection *indirection;
  stop_on(lzr_tpc_create_self(&tpc));
  stop_on(lzr_indirection_create(tpc, &indirection));
  for (int i = 0; i < STUBS; i++)
    functions[i].target = (lzr_addr)(uintptr_t)body;
  make_lazy(indirection, functions, STUBS);
  for (int i = 0; i < STUBS; i++)
    stubs[i] = functions[i].lazy.stub.address;
  measure("lazyrun", stubs);
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
}

static void measure_orc(void) {
  uint64_t targets[STUBS], stubs[STUBS];
  for (int i = 0; i < STUBS; i++)
    targets[i] = (uint64_t)(uintptr_t)body;
  struct orc *orc = orc_create();
  orc_define_functions(orc, targets, STUBS);
  orc_make_stubs(orc, STUBS, stubs);
  measure("orc-lazy", stubs);
}

/* The library's function calls STUBS others through its PLT, each once. */
static void measure_plt(const char *path) {
  void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  function *all = library ? (function *)dlsym(library, "call_all") : NULL;
  if (!all) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  static const char *const rows[] = {"first call", "later call"};
  for (int i = 0; i < 2; i++) {
    double start = thread_time();
    all(0);
    record_sample("first-call", rows[i], "glibc PLT",
                  (thread_time() - start) * 1e3 / STUBS);
  }
  dlclose(library);
}

static void run_closure(ffi_cif *cif, void *result, void **arguments,
                        void *data) {
  (void)cif, (void)data;
  *(ffi_arg *)result = (ffi_arg)body(*(int *)arguments[0]);
}

static void measure_closures(void) {
  ffi_cif cif;
  ffi_type *types[] = {&ffi_type_sint};
  uint64_t stubs[STUBS];
  if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_sint, types) != FFI_OK)
    abort();
  for (int i = 0; i < STUBS; i++) {
    void *code;
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    if (!closure ||
        ffi_prep_closure_loc(closure, &cif, run_closure, NULL, code) != FFI_OK)
      abort();
    stubs[i] = (uint64_t)(uintptr_t)code;
  }
  measure("libffi closure", stubs);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: bench-first-call LIBRARY\n");
    return 2;
  }
  record_table("first-call", "ns a call", "lazyrun",
               "A call without compiling, 1000 functions");
  measure_own();
  measure_orc();
  measure_plt(argv[1]);
  measure_closures();
  return 0;
}
