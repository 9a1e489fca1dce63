/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Threads call the same cold stubs while others make, redirect and free some:
 * a plain program, which also runs under ThreadSanitizer. Exits with 0 if
 * every call arrived where it should.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "indirection/indirection.h"

#define THREADS 8
#define FUNCTIONS 512
#define ROUNDS 20
#define CHURN 400

struct function {
  struct lzr_lazy_stub lazy;
  atomic_int landings; /* how many threads asked */
  int expected;
};

static lzr_indirection *indirection;
static struct function functions[FUNCTIONS];
static pthread_barrier_t start;
static atomic_int wrong;

static void must(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "indirection_race: %s\n", lzr_error_message(error));
  exit(1);
}

static int even(void) {
  return 2;
}

static int odd(void) {
  return 1;
}

static lzr_addr body_of(int result) {
  return (lzr_addr)(uintptr_t)(result == 1 ? odd : even);
}

static int call(lzr_addr address) {
  return ((int (*)(void))(uintptr_t)address)();
}

/* Every thread that lands here binds the stub: all store the same pointer,
   which is atomic. */
static lzr_addr land(void *data) {
  struct function *function = data;
  lzr_addr body = body_of(function->expected);
  atomic_fetch_add(&function->landings, 1);
  must(lzr_lazy_stub_bind(indirection, &function->lazy, body));
  return body;
}

/* Calls all stubs in step with the other threads, and then the trampolines, as
   a thread does that has loaded a slot's old value. */
static void call_all(void) {
  for (int i = 0; i < FUNCTIONS; i++) {
    if (i % 16 == 0)
      pthread_barrier_wait(&start);
    struct function *function = &functions[i];
    if (call(function->lazy.stub.address) != function->expected ||
        call(function->lazy.call_through.trampoline) != function->expected)
      atomic_fetch_add(&wrong, 1);
  }
}

/* Stubs of its own, made and freed while the others do the same. */
static void churn(void) {
  for (int i = 0; i < CHURN; i++) {
    struct function own = {.expected = 1 + i % 2};
    must(lzr_lazy_stub_create(indirection, land, &own, &own.lazy));
    if (call(own.lazy.stub.address) != own.expected ||
        call(own.lazy.stub.address) != own.expected || own.landings != 1)
      atomic_fetch_add(&wrong, 1);
    lzr_lazy_stubs_free(indirection, &own.lazy, 1);
  }
}

static void *run(void *data) {
  (void)data;
  call_all();
  churn();
  return NULL;
}

static void make_functions(void) {
  for (int i = 0; i < FUNCTIONS; i++) {
    functions[i].expected = 1 + i % 2;
    atomic_store(&functions[i].landings, 0);
    must(lzr_lazy_stub_create(indirection, land, &functions[i],
                              &functions[i].lazy));
  }
}

static void play_round(void) {
  pthread_t threads[THREADS];
  make_functions();
  pthread_barrier_init(&start, NULL, THREADS);
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, run, NULL) != 0)
      exit(2);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&start);
  for (int i = 0; i < FUNCTIONS; i++) {
    if (functions[i].landings < 1)
      atomic_fetch_add(&wrong, 1);
    lzr_lazy_stubs_free(indirection, &functions[i].lazy, 1);
  }
}

int main(void) {
  lzr_tpc *tpc = NULL;
  must(lzr_tpc_create_self(&tpc));
  must(lzr_indirection_create(tpc, &indirection));
  for (int i = 0; i < ROUNDS; i++)
    play_round();
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
  if (wrong != 0)
    fprintf(stderr, "indirection_race: %d calls went wrong\n", (int)wrong);
  return wrong != 0;
}
