#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Prints a C program whose thousand threads each make a first call at once, which
# is more than a connection has threads.
count=1000
cat <<'END'
//> 504500
//! variants: O0-at-O0 O2-at-O2
//! no-llvm-19-executor: memory that it reserves later lies behind the threads' stacks
//! no-sanitizer: a thousand threads take it too long
#include <pthread.h>
#include <stdio.h>
END
for ((i = 0; i < count; i++)); do
  echo "__attribute__((noinline)) int f$i(int x) { return x * ($i + 5); }"
done
echo 'static int (*functions[])(int) = {'
for ((i = 0; i < count; i++)); do echo "f$i,"; done
cat <<END
};
enum { COUNT = $count };
static pthread_barrier_t barrier;
static long sum;
static void *run(void *data) {
  pthread_barrier_wait(&barrier);
  __atomic_fetch_add(&sum, functions[(long)data](1), __ATOMIC_RELAXED);
  return NULL;
}
int main(void) {
  static pthread_t threads[COUNT];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  pthread_barrier_init(&barrier, NULL, COUNT);
  for (long i = 0; i < COUNT; i++)
    if (pthread_create(&threads[i], &small, run, (void *)i) != 0)
      return 9;
  for (int i = 0; i < COUNT; i++)
    pthread_join(threads[i], NULL);
  printf("%ld\n", sum);
  return 0;
}
END
