/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The monotonic clock.
 */
#ifndef LZR_CLOCK_H
#define LZR_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define LZR_MICROSECOND UINT64_C(1000)
#define LZR_MILLISECOND UINT64_C(1000000)

/* Nanoseconds since some time before the process began. May be called from a
   signal handler. */
uint64_t lzr_now(void);

/* Milliseconds from now until a time of lzr_now(), rounded up, in the form that
   poll() takes. 0 when that time has passed. */
int lzr_milliseconds_until(uint64_t end);

/* The time that lies so many nanoseconds after now, by the same clock, for
   functions that take a timespec. */
struct timespec lzr_time_after(uint64_t nanoseconds);

/* Makes a condition variable whose timed waits use this clock. */
void lzr_condition_init(pthread_cond_t *condition);

#endif
