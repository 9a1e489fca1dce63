/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads make the first calls of lazy definitions all at once, of such that
 * are defined and of such that a generator defines then, while others
 * define, call and remove lazy definitions of their own, and one replaces a
 * function lazily that others call all the time: a plain program, which also
 * runs under ThreadSanitizer. Exits with 0 if every result was right.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lazyrun.h"

enum { CALLERS = 4, OWNERS = 2, ROUNDS = 25, REPLACEMENTS = 25 };

static lzr_session *session;
static lzr_library *library;
static atomic_int wrong, newest;
static atomic_bool over;
static pthread_barrier_t barrier;

static void must(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "race_lazy: %s\n", lzr_error_message(error));
  exit(1);
}

static void expect(int value, int low, int high) {
  if (value < low || value > high)
    atomic_fetch_add(&wrong, 1);
}

static int call(const char *name) {
  lzr_addr address;
  must(lzr_library_lookup(library, name, &address));
  return ((int (*)(int))(uintptr_t)address)(1);
}

/* A function that returns value, a variable that the function adds, and another
   function, which calls the first. */
struct lazy {
  char function[16], variable[16], caller[16];
  int value;
  atomic_int asked;
};

static void name_it(struct lazy *lazy, const char *prefix, int number) {
  snprintf(lazy->function, sizeof lazy->function, "%s%d", prefix, number);
  snprintf(lazy->variable, sizeof lazy->variable, "%s%dv", prefix, number);
  snprintf(lazy->caller, sizeof lazy->caller, "%s%dc", prefix, number);
}

static lzr_error *provide(void *data, const char *name,
                          lzr_lazy_request *request) {
  struct lazy *lazy = data;
  char text[600];
  (void)name;
  atomic_fetch_add(&lazy->asked, 1);
  snprintf(text, sizeof text,
           "@%s = global i32 %d\n"
           "define i32 @%s(i32 %%x) {\n"
           "  %%v = load i32, ptr @%s\n"
           "  ret i32 %%v\n}\n"
           "define i32 @%s(i32 %%x) {\n"
           "  %%r = call i32 @%s(i32 %%x)\n"
           "  ret i32 %%r\n}\n",
           lazy->variable, lazy->value, lazy->function, lazy->variable,
           lazy->caller, lazy->function);
  struct lzr_code code = {.size = sizeof code,
                          .name = "answer.ll",
                          .bytes = text,
                          .byte_count = strlen(text)};
  return lzr_lazy_answer_code(request, &code);
}

static lzr_module_handle *define(struct lazy *lazy) {
  const struct lzr_lazy_name names[] = {
      {lazy->function, LZR_LAZY_FUNCTION, false},
      {lazy->variable, LZR_LAZY_VARIABLE, false},
      {lazy->caller, LZR_LAZY_FUNCTION, false}};
  struct lzr_lazy_definitions definitions = {.size = sizeof definitions,
                                             .names = names,
                                             .name_count = 3,
                                             .provide = provide,
                                             .data = lazy};
  lzr_module_handle *module;
  must(lzr_library_define_lazy(library, &definitions, &module));
  return module;
}

/* All callers need the same definitions in the same moment. The generated ones
   are defined when they are looked for. */
static struct lazy shared[ROUNDS], generated[ROUNDS];

static bool has_name(const struct lazy *lazy, const char *name) {
  return strcmp(name, lazy->function) == 0 || strcmp(name, lazy->caller) == 0;
}

static lzr_error *generate(void *data, lzr_library *of, struct lzr_name *names,
                           size_t count) {
  (void)data;
  (void)of;
  for (size_t i = 0; i < count; i++)
    for (int j = 0; j < ROUNDS; j++)
      if (has_name(&generated[j], names[i].name))
        define(&generated[j]);
  return NULL;
}

static void *call_first(void *data) {
  int number = *(int *)data;
  for (int i = 0; i < ROUNDS; i++) {
    pthread_barrier_wait(&barrier);
    if (number == 0) {
      lzr_addr address;
      must(lzr_library_lookup(library, shared[i].variable, &address));
      expect(*(int *)(uintptr_t)address, i, i);
    } else {
      expect(call(number % 2 ? shared[i].function : shared[i].caller), i, i);
    }
    expect(call(number % 2 ? generated[i].function : generated[i].caller), i,
           i);
  }
  return NULL;
}

static void *own(void *data) {
  int number = *(int *)data;
  for (int i = 0; i < ROUNDS; i++) {
    struct lazy lazy = {.value = i};
    name_it(&lazy, "own", number);
    lzr_module_handle *module = define(&lazy);
    if (i % 4)
      expect(call(lazy.caller), i, i);
    expect(lazy.asked, i % 4 != 0, i % 4 != 0);
    must(lzr_module_remove(module));
  }
  return NULL;
}

static void *call_all_the_time(void *data) {
  (void)data;
  while (!atomic_load(&over)) {
    int before = atomic_load(&newest), value = call("user");
    expect(value, before, atomic_load(&newest) + 1);
  }
  return NULL;
}

static lzr_error *provide_value(void *data, const char *name,
                                lzr_lazy_request *request) {
  char text[160];
  snprintf(text, sizeof text, "define i32 @%s(i32 %%x) {\n  ret i32 %d\n}\n",
           name, *(int *)data);
  struct lzr_code code = {
      .size = sizeof code, .bytes = text, .byte_count = strlen(text)};
  return lzr_lazy_answer_code(request, &code);
}

static void *replace(void *data) {
  static lzr_module_handle *modules[REPLACEMENTS];
  static int values[REPLACEMENTS];
  const struct lzr_lazy_name f = {"f", LZR_LAZY_FUNCTION, false};
  (void)data;
  for (int i = 1; i <= REPLACEMENTS; i++) {
    values[i - 1] = i;
    struct lzr_lazy_definitions definitions = {.size = sizeof definitions,
                                               .names = &f,
                                               .name_count = 1,
                                               .provide = provide_value,
                                               .data = &values[i - 1]};
    struct lzr_code code = {.size = sizeof code, .lazy = &definitions};
    must(lzr_library_replace(library, &code, &modules[i - 1]));
    expect(call("user"), i, i);
    atomic_store(&newest, i);
  }
  return NULL;
}

static void set_up(void) {
  struct lzr_session_options options = {.size = sizeof options,
                                        .compile_threads = 3};
  static const char text[] = "define i32 @user(i32 %x) {\n"
                             "  %r = call i32 @f(i32 %x)\n"
                             "  ret i32 %r\n}\n"
                             "define weak i32 @f(i32 %x) {\n  ret i32 0\n}\n";
  must(lzr_session_create(NULL, &options, &session));
  library = lzr_session_main_library(session);
  must(lzr_library_add_bytes(library, "main.ll", text, sizeof text - 1));
  for (int i = 0; i < ROUNDS; i++) {
    name_it(&shared[i], "shared", i);
    name_it(&generated[i], "generated", i);
    shared[i].value = generated[i].value = i;
    define(&shared[i]);
  }
  must(lzr_library_search_generator(library, generate, NULL, NULL));
  pthread_barrier_init(&barrier, NULL, CALLERS);
}

static void tear_down(void) {
  lzr_session_destroy(session);
  pthread_barrier_destroy(&barrier);
  for (int i = 0; i < ROUNDS; i++) {
    expect(shared[i].asked, 1, 1);
    expect(generated[i].asked, 1, 1);
  }
}

int main(void) {
  pthread_t callers[CALLERS], owners[OWNERS], user, replacer;
  int numbers[CALLERS + OWNERS];
  set_up();
  for (int i = 0; i < CALLERS + OWNERS; i++)
    numbers[i] = i;
  for (int i = 0; i < CALLERS; i++)
    pthread_create(&callers[i], NULL, call_first, &numbers[i]);
  for (int i = 0; i < OWNERS; i++)
    pthread_create(&owners[i], NULL, own, &numbers[CALLERS + i]);
  pthread_create(&user, NULL, call_all_the_time, NULL);
  pthread_create(&replacer, NULL, replace, NULL);
  for (int i = 0; i < CALLERS; i++)
    pthread_join(callers[i], NULL);
  for (int i = 0; i < OWNERS; i++)
    pthread_join(owners[i], NULL);
  pthread_join(replacer, NULL);
  atomic_store(&over, true);
  pthread_join(user, NULL);
  tear_down();
  if (wrong)
    fprintf(stderr, "race_lazy: %d wrong results\n", (int)wrong);
  return wrong != 0;
}
