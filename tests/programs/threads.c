/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Eight threads call the same cold functions at the same moment. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 8, FUNCTIONS = 16 };

#define COLD(n)                                                                \
  static int cold##n(int x) {                                                  \
    return x * 31 + n;                                                         \
  }
COLD(0)
COLD(1)
COLD(2)
COLD(3)
COLD(4)
COLD(5)
COLD(6)
COLD(7)
COLD(8)
COLD(9)
COLD(10)
COLD(11)
COLD(12)
COLD(13)
COLD(14)
COLD(15)

static int (*const functions[FUNCTIONS])(int) = {
    cold0, cold1, cold2,  cold3,  cold4,  cold5,  cold6,  cold7,
    cold8, cold9, cold10, cold11, cold12, cold13, cold14, cold15};
static pthread_barrier_t barrier;
static int results[THREADS];

static void *run(void *data) {
  int thread = *(int *)data;
  int value = thread;
  for (int i = 0; i < FUNCTIONS; i++) {
    pthread_barrier_wait(&barrier);
    value = functions[i](value) % 10007;
  }
  results[thread] = value;
  return NULL;
}

static int expected(int value) {
  for (int i = 0; i < FUNCTIONS; i++)
    value = (value * 31 + i) % 10007;
  return value;
}

int main(void) {
  pthread_t threads[THREADS];
  int numbers[THREADS];
  pthread_barrier_init(&barrier, NULL, THREADS);
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, run, &numbers[i]);
  }
  int right = 0;
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    right += results[i] == expected(i);
  }
  printf("%d right\n", right);
  return 0;
}
//> 8 right
