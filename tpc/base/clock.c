/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/clock.h"

#include <limits.h>

uint64_t lzr_now(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int lzr_milliseconds_until(uint64_t end) {
  uint64_t now = lzr_now();
  uint64_t left = end > now ? end - now : 0;

  left = (left + LZR_MILLISECOND - 1) / LZR_MILLISECOND;
  return left < INT_MAX ? (int)left : INT_MAX;
}

struct timespec lzr_time_after(uint64_t nanoseconds) {
  uint64_t end = lzr_now() + nanoseconds;

  return (struct timespec){(time_t)(end / 1000000000u),
                           (long)(end % 1000000000u)};
}

void lzr_condition_init(pthread_cond_t *condition) {
  pthread_condattr_t attributes;

  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}
