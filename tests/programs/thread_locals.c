/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Thread-local variables with and without an initial value, of this file and
   of another one, in several threads at once. */
//! no-stock-executor: it has no thread-local variables
//! modules: other.c
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

_Thread_local int counter = 40;
static _Thread_local char zeros[100];
static _Thread_local int *pointer;
extern _Thread_local long elsewhere;
long next_elsewhere(void);

static int count(void) {
  zeros[99]++;
  pointer = &counter;
  return ++counter;
}

static void *run(void *data) {
  long *results = data;
  count();
  results[0] = count();
  results[1] = zeros[99] + zeros[0];
  elsewhere += 100;
  results[2] = next_elsewhere();
  results[3] = (long)&counter;
  results[4] = *pointer;
  strtol("99999999999999999999999", NULL, 10);
  results[5] = errno == ERANGE;
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  long results[4][6];
  errno = 0;
  counter = 1;
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, run, results[i]);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < 4; i++)
    printf("%ld %ld %ld %d %ld %ld\n", results[i][0], results[i][1],
           results[i][2], results[i][3] != (long)&counter, results[i][4],
           results[i][5]);
  printf("%d %d %ld %d\n", counter, zeros[99], next_elsewhere(), errno);
  return 0;
}
//> 42 2 1101 1 42 1
//> 42 2 1101 1 42 1
//> 42 2 1101 1 42 1
//> 42 2 1101 1 42 1
//> 1 0 1001 0
