/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/clock.h"

#include <criterion/criterion.h>
#include <errno.h>

Test(base_clock, goes_on) {
  uint64_t before = lzr_now();
  struct timespec time = {.tv_nsec = 2000000};

  nanosleep(&time, NULL);
  cr_expect_geq(lzr_now() - before, 2 * LZR_MILLISECOND);
}

Test(base_clock, counts_milliseconds_up_to_a_time) {
  uint64_t now = lzr_now();

  cr_expect_eq(lzr_milliseconds_until(now), 0);
  cr_expect_eq(lzr_milliseconds_until(0), 0);
  cr_expect_leq(lzr_milliseconds_until(now + 5000 * LZR_MILLISECOND), 5000);
  cr_expect_gt(lzr_milliseconds_until(now + 5000 * LZR_MILLISECOND), 1000);
  /* Rounded up, so that a thread that waits so long does not wake too early. */
  cr_expect_geq(
      lzr_milliseconds_until(lzr_now() + 3600 * 1000 * LZR_MILLISECOND + 1),
      3599000);
}

Test(base_clock, ends_a_wait_for_a_condition_in_time) {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition;
  uint64_t start = lzr_now();
  struct timespec end = lzr_time_after(3 * LZR_MILLISECOND);
  int result;

  lzr_condition_init(&condition);
  pthread_mutex_lock(&lock);
  do
    result = pthread_cond_timedwait(&condition, &lock, &end);
  while (result == 0);
  pthread_mutex_unlock(&lock);
  cr_expect_eq(result, ETIMEDOUT);
  cr_expect_geq(lzr_now() - start, 3 * LZR_MILLISECOND);
  cr_expect_lt(lzr_now() - start, 60000 * LZR_MILLISECOND);
  pthread_cond_destroy(&condition);
}
