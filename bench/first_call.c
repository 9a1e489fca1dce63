/*
 * What a first call costs when there is nothing to compile: stub, trampoline,
 * resolver, a callback that knows the answer, the store into the slot. Beside
 * it the calls after that, and the same two in a shared library whose PLT is
 * bound lazily by the dynamic linker:
 *
 *     bench-first-call [LIBRARY]     a library made by first_call.sh
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "indirection/indirection.h"

enum { STUBS = 1000, ROUNDS = 21 };

typedef int function(int);

struct lazy_function {
  lzr_indirection *indirection;
  struct lzr_lazy_stub lazy;
};

static double samples[4][ROUNDS]; /* nanoseconds a call */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void report(const char *what, double *times) {
  qsort(times, ROUNDS, sizeof *times, compare);
  printf("  %-34s %7.1f ns  (%.1f-%.1f)\n", what, times[ROUNDS / 2], times[0],
         times[ROUNDS - 1]);
}

static void stop_on(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "%s\n", lzr_error_message(error));
  exit(1);
}

static int body(int x) {
  return x + 1;
}

static lzr_addr land(void *data) {
  struct lazy_function *f = data;
  lzr_addr target = (lzr_addr)(uintptr_t)body;
  stop_on(lzr_stub_redirect(f->indirection, &f->lazy.stub, target));
  lzr_call_through_land(f->indirection, &f->lazy.call_through, target);
  return target;
}

static double call_all(const struct lazy_function *functions) {
  double start = now();
  int x = 0;
  for (int i = 0; i < STUBS; i++)
    x = ((function *)(uintptr_t)functions[i].lazy.stub.address)(x);
  double time = now() - start;
  if (x != STUBS)
    abort();
  return time / STUBS;
}

static void measure_stubs(lzr_tpc *tpc, int round) {
  static struct lazy_function functions[STUBS];
  lzr_indirection *indirection;
  stop_on(lzr_indirection_create(tpc, &indirection));
  for (int i = 0; i < STUBS; i++) {
    functions[i].indirection = indirection;
    stop_on(lzr_lazy_stub_create(indirection, land, &functions[i],
                                 &functions[i].lazy));
  }
  samples[0][round] = call_all(functions);
  samples[1][round] = call_all(functions);
  lzr_indirection_destroy(indirection);
}

/* The library's function calls STUBS others, each once, through its PLT. */
static void measure_plt(const char *path, int round) {
  void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  function *call_all_of_plt =
      library ? (function *)dlsym(library, "call_all") : NULL;
  if (!call_all_of_plt) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  for (int i = 2; i < 4; i++) {
    double start = now();
    call_all_of_plt(0);
    samples[i][round] = (now() - start) / STUBS;
  }
  dlclose(library);
}

int main(int argc, char **argv) {
  lzr_tpc *tpc;
  stop_on(lzr_tpc_create_self(&tpc));
  for (int round = 0; round < ROUNDS; round++) {
    measure_stubs(tpc, round);
    if (argc > 1)
      measure_plt(argv[1], round);
  }
  lzr_tpc_close(tpc);
  printf("A first call without compiling, %d functions\n", STUBS);
  report("first call through a stub", samples[0]);
  report("later call through a stub", samples[1]);
  if (argc > 1) {
    report("first call through glibc's lazy PLT", samples[2]);
    report("later call through the PLT", samples[3]);
  }
  return 0;
}
