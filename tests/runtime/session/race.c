/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads make the first calls of the same functions, each in an order of its
 * own, and need the same data and callees at the same time: a plain program,
 * which also runs under ThreadSanitizer. Exits with 0 if every result was
 * right and every function was compiled once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lazyrun.h"
#include "tests/many_functions.h"

enum { THREADS = 8, FUNCTIONS = 200, USERS = 100 };

static lzr_session *session;
static lzr_library *library;
static pthread_barrier_t start;
static atomic_int wrong;

static void must(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "race_first_calls: %s\n", lzr_error_message(error));
  exit(1);
}

static void *must_have(void *pointer) {
  if (!pointer)
    exit(2);
  return pointer;
}

/* int u<i>(int x) { return d[i] + f<i>(x) + f<2 * i>(x); }, with d[i] = i. */
static char *user_functions(void) {
  char *text = NULL;
  size_t size;
  FILE *out = must_have(open_memstream(&text, &size));
  for (int i = 0; i < FUNCTIONS; i++)
    fprintf(out, "declare i32 @f%d(i32)\n", i);
  for (int i = 0; i < USERS; i++)
    fprintf(out,
            "@d%d = global i32 %d\n"
            "define i32 @u%d(i32 %%x) {\n"
            "  %%d = load i32, ptr @d%d\n"
            "  %%a = call i32 @f%d(i32 %%x)\n"
            "  %%b = call i32 @f%d(i32 %%x)\n"
            "  %%s = add i32 %%a, %%b\n"
            "  %%r = add i32 %%s, %%d\n"
            "  ret i32 %%r\n"
            "}\n",
            i, i, i, i, i, 2 * i);
  fclose(out);
  return must_have(text);
}

static int user_expected(int i, int x) {
  return i + many_expected(i, x) + many_expected(2 * i, x);
}

static void call(const char *prefix, int i, int x, int expected) {
  char name[16];
  lzr_addr address;
  snprintf(name, sizeof name, "%s%d", prefix, i);
  must(lzr_library_lookup(library, name, &address));
  if (((int (*)(int))(uintptr_t)address)(x) != expected)
    atomic_fetch_add(&wrong, 1);
}

/* All numbers below count, in an order that depends on the seed. */
static void shuffle(int *order, int count, unsigned seed) {
  for (int i = 0; i < count; i++)
    order[i] = i;
  for (int i = count - 1; i > 0; i--) {
    int other = rand_r(&seed) % (i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
}

static void *run(void *data) {
  int order[FUNCTIONS + USERS];
  shuffle(order, FUNCTIONS + USERS, *(unsigned *)data);
  pthread_barrier_wait(&start);
  for (int i = 0; i < FUNCTIONS + USERS; i++) {
    int number = order[i];
    if (number < FUNCTIONS)
      call("f", number, i, many_expected(number, i));
    else
      call("u", number - FUNCTIONS, i, user_expected(number - FUNCTIONS, i));
  }
  return NULL;
}

static void run_threads(void) {
  pthread_t threads[THREADS];
  unsigned seeds[THREADS];
  pthread_barrier_init(&start, NULL, THREADS);
  for (unsigned i = 0; i < THREADS; i++) {
    seeds[i] = i + 1;
    if (pthread_create(&threads[i], NULL, run, &seeds[i]) != 0)
      exit(2);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);
}

static void add(const char *name, char *text) {
  must(lzr_library_add_bytes(library, name, text, strlen(text)));
  free(text);
}

static void play_round(unsigned compile_threads) {
  struct lzr_session_options options = {.size = sizeof options,
                                        .compile_threads = compile_threads};
  struct lzr_session_statistics statistics = {.size = sizeof statistics};
  must(lzr_session_create(NULL, &options, &session));
  library = lzr_session_main_library(session);
  add("users", user_functions());
  add("many", must_have(many_functions(FUNCTIONS)));
  run_threads();
  must(lzr_session_take_failure(session));
  lzr_session_get_statistics(session, &statistics);
  if (statistics.functions_compiled != FUNCTIONS + USERS) {
    fprintf(stderr, "race_first_calls: %d functions, %d compiled\n",
            FUNCTIONS + USERS, (int)statistics.functions_compiled);
    atomic_fetch_add(&wrong, 1);
  }
  lzr_session_destroy(session);
}

/* Definitions that are replaced meanwhile. */

enum { REPLACED = 60, WEAK_VALUE = 1, STRONG_VALUE = 2 };

/* int w<i>(int x) { return value; } */
static char *definitions(const char *linkage, int first, int end, int value) {
  char *text = NULL;
  size_t size;
  FILE *out = must_have(open_memstream(&text, &size));
  for (int i = first; i < end; i++)
    fprintf(out,
            "define %s i32 @w%d(i32 %%x) {\n"
            "  ret i32 %d\n"
            "}\n",
            linkage, i, value);
  fclose(out);
  return must_have(text);
}

static int call_replaced(int i) {
  char name[16];
  lzr_addr address;
  snprintf(name, sizeof name, "w%d", i);
  must(lzr_library_lookup(library, name, &address));
  return ((int (*)(int))(uintptr_t)address)(0);
}

/* Whichever definition it is, it stays that one. */
static void *call_twice(void *data) {
  int order[REPLACED];
  shuffle(order, REPLACED, *(unsigned *)data);
  pthread_barrier_wait(&start);
  for (int i = 0; i < REPLACED; i++) {
    int value = call_replaced(order[i]);
    if ((value != WEAK_VALUE && value != STRONG_VALUE) ||
        call_replaced(order[i]) != value)
      atomic_fetch_add(&wrong, 1);
  }
  return NULL;
}

static void replace_meanwhile(void) {
  struct lzr_session_options options = {.size = sizeof options,
                                        .compile_threads = 2};
  pthread_t threads[2];
  unsigned seeds[2] = {1, 2};
  must(lzr_session_create(NULL, &options, &session));
  library = lzr_session_main_library(session);
  add("weak", definitions("weak", 0, REPLACED, WEAK_VALUE));
  pthread_barrier_init(&start, NULL, 3);
  for (int i = 0; i < 2; i++)
    if (pthread_create(&threads[i], NULL, call_twice, &seeds[i]) != 0)
      exit(2);
  pthread_barrier_wait(&start);
  for (int i = 0; i < REPLACED; i++)
    add("strong", definitions("", i, i + 1, STRONG_VALUE));
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);
  must(lzr_session_take_failure(session));
  lzr_session_destroy(session);
}

int main(void) {
  play_round(1);
  play_round(4);
  for (int i = 0; i < 20; i++)
    replace_meanwhile();
  if (wrong != 0)
    fprintf(stderr, "race_first_calls: %d results were wrong\n", (int)wrong);
  return wrong != 0;
}
