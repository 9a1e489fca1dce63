/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Threads with a heap, and one without, free what others allocated. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/tool/heap.h"
#include "tpc/tpc.h"

enum { THREADS = 4, SLOTS = 64, ROUNDS = 40000 };

struct parcel {
  size_t size;
  unsigned char filling;
  unsigned char bytes[];
};

static _Atomic(struct parcel *) slots[SLOTS];
static atomic_int broken, held;

static void open_parcel(struct parcel *parcel) {
  if (!parcel)
    return;
  for (size_t i = 0; i < parcel->size; i++)
    if (parcel->bytes[i] != parcel->filling)
      atomic_store(&broken, 1);
  free(parcel);
}

static struct parcel *pack(unsigned random) {
  size_t size = random % 700;
  struct parcel *parcel = malloc(sizeof *parcel + size);

  if (!parcel)
    return NULL;
  parcel->size = size;
  parcel->filling = (unsigned char)random;
  memset(parcel->bytes, parcel->filling, size);
  if (lzr_heap_holds(parcel))
    atomic_fetch_add(&held, 1);
  return parcel;
}

static void *exchange(void *number) {
  unsigned random = (unsigned)(uintptr_t)number + 1;

  if (number)
    lzr_tpc_own_thread();
  for (int i = 0; i < ROUNDS; i++) {
    random = random * 1664525 + 1013904223;
    open_parcel(
        atomic_exchange(&slots[(random >> 8) % SLOTS], pack(random >> 16)));
  }
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];

  for (uintptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, exchange, (void *)i) != 0)
      return 2;
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < SLOTS; i++)
    open_parcel(atomic_load(&slots[i]));
  if (broken || held != (THREADS - 1) * ROUNDS) {
    printf("broken: %d, held: %d\n", broken, held);
    return 1;
  }
  return 0;
}
