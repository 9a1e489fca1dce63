/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The first thread ends before the others, which go on and make first calls;
   the program ends with the last of them, and exits as if main had returned. */
//! no-emulator: the executor counts the emulator's threads as the program's
//! no-stock-executor: nothing there tells its own threads from the program's
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_t first;

static int triple(int x) {
  return 3 * x;
}
static void at_exit(void) {
  printf("at exit %d\n", triple(3));
}
static int twice(int x) {
  return 2 * x;
}
static void *last(void *data) {
  pthread_join(first, NULL);
  printf("%s %d\n", (char *)data, twice(4));
  return NULL;
}
static void cleanup(void *data) {
  printf("%s\n", (char *)data);
}

int main(void) {
  pthread_t other;
  atexit(at_exit);
  first = pthread_self();
  pthread_create(&other, NULL, last, "last");
  pthread_cleanup_push(cleanup, "first");
  pthread_exit(NULL);
  pthread_cleanup_pop(0);
  return 7;
}
//> first
//> last 8
//> at exit 9
