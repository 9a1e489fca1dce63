/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Threads are cancelled at any instruction while they make first calls, some of
// which never return for that; others make the same calls after them.
//> sum 4010
//! no-stock-executor: a thread that is cancelled in a first call keeps its locks
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define F(n)                                                                   \
  static int f##n(int x) {                                                     \
    return x + 1;                                                              \
  }
#define TEN(X, n)                                                              \
  X(n##0)                                                                      \
  X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define ALL(X) TEN(X, 1) TEN(X, 2) TEN(X, 3) TEN(X, 4)
ALL(F)
#define P(n) f##n,
static int (*const functions[])(int) = {ALL(P)};
enum { COUNT = sizeof functions / sizeof *functions };

static void *call_one(void *data) {
  int number = *(int *)data;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  for (;;) {
    functions[number](0);
    pthread_testcancel();
  }
  return NULL;
}

int main(void) {
  int sum = 0;
  for (int round = 0; round < 100; round++) {
    pthread_t threads[4];
    int numbers[4];
    for (int i = 0; i < 4; i++) {
      numbers[i] = (round * 4 + i) % COUNT;
      pthread_create(&threads[i], NULL, call_one, &numbers[i]);
    }
    if (round % 3)
      usleep((unsigned)round * 20);
    for (int i = 0; i < 4; i++)
      pthread_cancel(threads[i]);
    for (int i = 0; i < 4; i++)
      pthread_join(threads[i], NULL);
    sum += functions[round % COUNT](COUNT) - 1;
  }
  printf("sum %d\n", sum + 10);
  return 0;
}
