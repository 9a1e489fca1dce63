/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A first call on a thread with a stack of 32 KiB, or the least there is. */
//! no-sanitizer: its frames are larger than the stack
#include <limits.h>
#include <pthread.h>
#include <stdio.h>

static int leaf(int x) {
  return x + 1;
}
static int middle(int x) {
  return leaf(x) * 2;
}
static void *run(void *data) {
  *(int *)data = middle(20);
  return NULL;
}

int main(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  size_t size = 32 << 10;
  int result = 0;
  if (size < PTHREAD_STACK_MIN)
    size = PTHREAD_STACK_MIN;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, size) != 0 ||
      pthread_create(&thread, &attributes, run, &result) != 0)
    return 1;
  pthread_join(thread, NULL);
  printf("%d\n", result);
  return 0;
}
//> 42
