/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Threads use one target at the same time; for ThreadSanitizer. Each commits,
   calls, stores, looks names up, and releases; each calls through the slots
   that others publish. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/tpc.h"

enum { THREADS = 4, ROUNDS = 300, SLOTS = 16 };

static lzr_tpc *tpc;
static lzr_addr slots; /* of functions that return 1 */
static lzr_addr own_template;

static void fail(const char *what) {
  fprintf(stderr, "tpc_target_race: %s\n", what);
  exit(1);
}

static void check(lzr_error *error) {
  if (error)
    fail(lzr_error_message(error));
}

static lzr_allocation *reserve(uint64_t code, uint64_t data) {
  struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = code, [LZR_PROT_DATA] = data}};
  lzr_allocation *allocation;

  check(lzr_tpc_reserve(tpc, &layout, &allocation));
  return allocation;
}

/* A function that returns 1; slot, if not 0, leads to it. */
static lzr_allocation *make_one(lzr_addr slot) {
#ifdef __x86_64__
  static const uint8_t code[] = {0xb8, 1, 0, 0, 0, 0xc3};
#else
  static const uint32_t code[] = {0x52800020, 0xd65f03c0};
#endif
  lzr_allocation *made = reserve(sizeof code, 0);
  struct lzr_segment segment = {made->address[LZR_PROT_CODE], code, sizeof code,
                                0};
  struct lzr_pointer_store store = {slot, segment.address};
  struct lzr_commit commit = {&segment, 1, NULL, 0, &store, slot ? 1 : 0, NULL};

  check(lzr_tpc_commit(tpc, made, &commit));
  return made;
}

static void call(lzr_addr function) {
  if (((int (*)(void))(uintptr_t)function)() != 1)
    fail("a function returns something else");
}

static void use_thread_local(void) {
  uint64_t entry[2] = {own_template, 0};
  uint64_t *(*get)(uint64_t *) =
      (uint64_t *(*)(uint64_t *))(uintptr_t)lzr_tpc_facts(tpc)->tls_get_addr;

  ++*get(entry);
}

static void *work(void *data) {
  unsigned seed = *(unsigned *)data;

  for (int round = 0; round < ROUNDS; round++) {
    lzr_addr slot = slots + 8 * ((unsigned)rand_r(&seed) % SLOTS);
    struct lzr_name name = {.name = "puts", .required = true};
    struct lzr_pointer_store store = {slot, 0};
    lzr_allocation *passing = make_one(0);

    make_one(slot); /* stays: others may be running it */
    call(passing->address[LZR_PROT_CODE]);
    lzr_tpc_release(tpc, passing);
    call(__atomic_load_n((lzr_addr *)(uintptr_t)slot, __ATOMIC_ACQUIRE));
    store.value =
        __atomic_load_n((lzr_addr *)(uintptr_t)slots, __ATOMIC_ACQUIRE);
    check(lzr_tpc_store_pointers(tpc, &store, 1));
    check(lzr_tpc_lookup(tpc, 0, &name, 1));
    use_thread_local();
  }
  return NULL;
}

static void make_thread_local(void) {
  struct lzr_tls_template template = {.size = 8, .align = 8};
  lzr_allocation *unit = reserve(0, sizeof template);
  struct lzr_segment segment = {unit->address[LZR_PROT_DATA], &template,
                                sizeof template, 0};
  struct lzr_action action = {LZR_ACTION_TLS, segment.address, sizeof template};
  struct lzr_commit commit = {&segment, 1, &action, 1, NULL, 0, NULL};

  check(lzr_tpc_commit(tpc, unit, &commit));
  own_template = segment.address;
}

int main(void) {
  pthread_t threads[THREADS];
  unsigned seeds[THREADS];

  check(lzr_tpc_create_self(&tpc));
  slots = reserve(0, 8 * SLOTS)->address[LZR_PROT_DATA];
  for (unsigned i = 0; i < SLOTS; i++)
    make_one(slots + 8 * i);
  make_thread_local();
  for (unsigned i = 0; i < THREADS; i++) {
    seeds[i] = i;
    if (pthread_create(&threads[i], NULL, work, &seeds[i]) != 0)
      fail("no thread");
  }
  for (unsigned i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  lzr_tpc_close(tpc);
  return 0;
}
