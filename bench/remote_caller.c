/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs in an executor, as bitcode: calls functions one after the other, and
   times each call. */
#include <stdint.h>
#include <time.h>

enum { MAX_CALLS = 1000 };

typedef int function(int);

static function *functions[MAX_CALLS];
static int64_t times[MAX_CALLS]; /* nanoseconds */

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

void set_function(int32_t i, void *address) {
  functions[i] = (function *)address;
}

/* Returns the sum of the functions' results. */
int32_t call_functions(int32_t count) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; i++) {
    int64_t start = now();
    sum += functions[i](i);
    times[i] = now() - start;
  }
  return sum;
}

int64_t time_of(int32_t i) {
  return times[i];
}
