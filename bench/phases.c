/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures the phases of a first call that compiles:
 *
 *     bench-phases CHAIN.bc CALLS ROW-OF-MODULE ROW
 *
 * CHAIN.bc is made by compile.sh. The program calls functions f0, f1, ... for
 * the first time, one by one, and reads the session's timers. One process is
 * one sample.
 */
#include <string.h>

#include "bench/own.h"
#include "bench/record.h"
#include "runtime/lazyrun.h"

typedef int function(int, int);

static lzr_session *session;

static uint64_t look_up(int i) {
  char name[32];
  lzr_addr address;
  snprintf(name, sizeof name, "f%d", i);
  stop_on(
      lzr_library_lookup(lzr_session_main_library(session), name, &address));
  return address;
}

static void report(const char *row, double calls, double time,
                   const struct lzr_session_statistics *s) {
  const struct {
    const char *column;
    double time;
  } phases[] = {{"lazyrun: whole call", time * 1e3},
                {"lazyrun: read", (double)s->read_time},
                {"lazyrun: move", (double)s->move_time},
                {"lazyrun: codegen", (double)s->codegen_time},
                {"lazyrun: link", (double)s->link_time},
                {"lazyrun: commit", (double)s->commit_time}};
  for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
    record_sample("compile-phases", row, phases[i].column,
                  phases[i].time / 1e3 / calls);
}

int main(int argc, char **argv) {
  int calls = argc == 5 ? atoi(argv[2]) : 0;
  if (calls < 1) {
    fprintf(stderr, "usage: bench-phases CHAIN.bc CALLS ROW-OF-MODULE ROW\n");
    return 2;
  }
  struct lzr_session_statistics statistics = {.size = sizeof statistics};
  stop_on(lzr_session_create(NULL, NULL, &session));
  stop_on(lzr_library_add_file(lzr_session_main_library(session), argv[1]));
  uint64_t *functions = calloc((size_t)calls, sizeof *functions);
  if (!functions)
    abort();
  for (int i = 0; i < calls; i++)
    functions[i] = look_up(i);
  double start = now();
  for (int i = 0; i < calls; i++)
    ((function *)(uintptr_t)functions[i])(1, 0);
  double time = now() - start;
  lzr_session_get_statistics(session, &statistics);
  if (statistics.functions_compiled != (uint64_t)calls) {
    fprintf(stderr, "%s: %d functions were called and %d compiled\n", argv[1],
            calls, (int)statistics.functions_compiled);
    return 1;
  }
  if (strcmp(argv[3], "-") != 0)
    record_sample("compile-open", argv[3], "lazyrun",
                  (double)statistics.open_time / 1e3);
  report(argv[4], calls, time, &statistics);
  lzr_session_destroy(session);
  return 0;
}
