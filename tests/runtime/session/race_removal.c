/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads add, call and remove modules of their own that share a weak function,
 * while another one replaces a function that others call all the time: a plain
 * program, which also runs under ThreadSanitizer. Exits with 0 if every result
 * was right.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lazyrun.h"

enum { OWNERS = 3, CALLERS = 2, ROUNDS = 40, REPLACEMENTS = 40 };

static lzr_session *session;
static lzr_library *library;
static atomic_int wrong, newest;
static atomic_bool over;

static void must(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "race_removal: %s\n", lzr_error_message(error));
  exit(1);
}

static void expect(int value, int low, int high) {
  if (value < low || value > high)
    atomic_fetch_add(&wrong, 1);
}

static struct lzr_code code_of(const char *text) {
  return (struct lzr_code){.size = sizeof(struct lzr_code),
                           .name = "m.ll",
                           .bytes = text,
                           .byte_count = strlen(text)};
}

static int call(const char *name) {
  lzr_addr address;
  must(lzr_library_lookup(library, name, &address));
  return ((int (*)(int))(uintptr_t)address)(1);
}

/* Every module has the same weak function. Its definition may be removed by the
   thread that owns the module, so nobody calls it but through its own module,
   under a lock of the owners'. */
static pthread_mutex_t owners = PTHREAD_MUTEX_INITIALIZER;

static void *own(void *data) {
  int number = *(int *)data;
  for (int i = 0; i < ROUNDS; i++) {
    char text[400], name[16];
    snprintf(name, sizeof name, "own%d", number);
    snprintf(text, sizeof text,
             "define weak i32 @shared(i32 %%x) {\n  ret i32 5\n}\n"
             "@v%d = global i32 %d\n"
             "define i32 @%s(i32 %%x) {\n"
             "  %%v = load i32, ptr @v%d\n"
             "  %%s = call i32 @shared(i32 %%x)\n"
             "  %%r = add i32 %%v, %%s\n"
             "  ret i32 %%r\n}\n",
             number, i, name, number);
    struct lzr_code code = code_of(text);
    lzr_module_handle *module;
    must(lzr_library_add(library, &code, &module));
    pthread_mutex_lock(&owners);
    expect(call(name), i + 5, i + 5);
    must(lzr_module_remove(module));
    pthread_mutex_unlock(&owners);
  }
  return NULL;
}

static void *call_all_the_time(void *data) {
  (void)data;
  while (!atomic_load(&over)) {
    int before = atomic_load(&newest), value = call("caller");
    expect(value, before, atomic_load(&newest) + 1);
  }
  return NULL;
}

static void *replace(void *data) {
  static lzr_module_handle *modules[REPLACEMENTS];
  (void)data;
  for (int i = 1; i <= REPLACEMENTS; i++) {
    char text[160];
    snprintf(text, sizeof text, "define i32 @f(i32 %%x) {\n  ret i32 %d\n}\n",
             i);
    struct lzr_code code = code_of(text);
    must(lzr_library_replace(library, &code, &modules[i - 1]));
    expect(call("caller"), i, i);
    atomic_store(&newest, i);
  }
  return NULL;
}

int main(void) {
  struct lzr_session_options options = {.size = sizeof options,
                                        .compile_threads = 3};
  static const char text[] = "declare i32 @f(i32)\n"
                             "define i32 @caller(i32 %x) {\n"
                             "  %r = call i32 @f(i32 %x)\n"
                             "  ret i32 %r\n}\n";
  static const char first[] = "define i32 @f(i32 %x) {\n  ret i32 0\n}\n";
  pthread_t threads[OWNERS], callers[CALLERS], replacer;
  int numbers[OWNERS];
  must(lzr_session_create(NULL, &options, &session));
  library = lzr_session_main_library(session);
  must(lzr_library_add_bytes(library, "main.ll", text, sizeof text - 1));
  must(lzr_library_add_bytes(library, "first.ll", first, sizeof first - 1));
  for (int i = 0; i < OWNERS; i++) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, own, &numbers[i]);
  }
  for (int i = 0; i < CALLERS; i++)
    pthread_create(&callers[i], NULL, call_all_the_time, NULL);
  pthread_create(&replacer, NULL, replace, NULL);
  for (int i = 0; i < OWNERS; i++)
    pthread_join(threads[i], NULL);
  pthread_join(replacer, NULL);
  atomic_store(&over, true);
  for (int i = 0; i < CALLERS; i++)
    pthread_join(callers[i], NULL);
  lzr_session_destroy(session);
  if (wrong)
    fprintf(stderr, "race_removal: %d wrong results\n", (int)wrong);
  return wrong != 0;
}
