/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Threads that end in the middle: pthread_exit and cancellation unwind through
   compiled functions, and keys' destructors make first calls. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

static pthread_key_t key;

static void on_key(void *data) {
  printf("key: %s\n", (char *)data);
}
static void on_cleanup(void *data) {
  printf("cleanup: %s\n", (char *)data);
}

static void leave(int value) {
  static int result;
  result = value;
  pthread_exit(&result);
}
static void leave_nested(void) {
  pthread_cleanup_push(on_cleanup, "exit");
  leave(7);
  pthread_cleanup_pop(0);
}
static void *exits(void *data) {
  pthread_setspecific(key, data);
  leave_nested();
  return NULL;
}

static void wait_for_ever(sem_t *ready) {
  pthread_cleanup_push(on_cleanup, "cancel");
  sem_post(ready);
  for (;;)
    pause();
  pthread_cleanup_pop(0);
}
static void *is_cancelled(void *data) {
  wait_for_ever(data);
  return data;
}

static void once(void) {
  puts("once");
}

int main(void) {
  static pthread_once_t control = PTHREAD_ONCE_INIT;
  pthread_t thread;
  void *result;
  sem_t ready;
  sem_init(&ready, 0, 0);
  pthread_key_create(&key, on_key);
  pthread_once(&control, once);
  pthread_once(&control, once);
  pthread_create(&thread, NULL, exits, "data");
  pthread_join(thread, &result);
  printf("%d\n", *(int *)result);
  pthread_create(&thread, NULL, is_cancelled, &ready);
  sem_wait(&ready);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  puts(result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
  return 0;
}
//> once
//> cleanup: exit
//> key: data
//> 7
//> cleanup: cancel
//> cancelled
