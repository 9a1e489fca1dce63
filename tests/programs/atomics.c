/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Atomic operations from several threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_long total;
static _Atomic(int *) list;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static long guarded;

static void locked_add(int by) {
  while (atomic_flag_test_and_set(&lock))
    ;
  guarded += by;
  atomic_flag_clear(&lock);
}

static void *run(void *data) {
  for (int i = 0; i < 10000; i++) {
    atomic_fetch_add(&total, 1);
    locked_add(2);
  }
  int *none = NULL;
  atomic_compare_exchange_strong(&list, &none, data);
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  int values[4] = {1, 1, 1, 1};
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, run, &values[i]);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  printf("%ld %ld %d\n", total, guarded, *list);
  return 0;
}
//> 40000 80000 1
