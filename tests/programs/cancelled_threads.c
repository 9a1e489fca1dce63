/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A thread that is cancelled before it starts makes its first calls all the
   same: only where it asks does it end. */
//! no-stock-executor: a thread that is cancelled waits in LLVM's executor, and never answers
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t cancelled;
static int steps;

static int step(int by) {
  return steps += by;
}
static int another_step(int by) {
  return steps += 10 * by;
}
static void cleanup(void *data) {
  steps += *(int *)data;
}
static void ask(void) {
  pthread_testcancel();
  steps += 1000;
}

static void *run(void *data) {
  int state;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  sem_wait(&cancelled);
  pthread_setcancelstate(state, NULL);
  step(1);
  another_step(1);
  pthread_cleanup_push(cleanup, data);
  ask();
  pthread_cleanup_pop(0);
  return NULL;
}

int main(void) {
  int hundred = 100;
  pthread_t thread;
  void *result;
  sem_init(&cancelled, 0, 0);
  pthread_create(&thread, NULL, run, &hundred);
  pthread_cancel(thread);
  sem_post(&cancelled);
  pthread_join(thread, &result);
  printf("%d %d\n", steps, result == PTHREAD_CANCELED);
  return 0;
}
//> 111 1
