/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the processor's counter of cycles, if the system allows it. Virtual
 * machines often have none. Then a chain of multiplications, each of which
 * needs the result of the one before, is timed right before and after. On the
 * x86-64 processors of the last fifteen years each takes three cycles, whatever
 * the frequency is at the moment.
 */
#include "bench/clock.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/record.h"

enum { LINKS = 16, TURNS = 4000, CYCLES = 3 };

static int counter =
    -2; /* a descriptor; -2: not tried yet, -1: there is none */
static double start_time, start_frequency;
static uint64_t start_cycles;

static bool has_counter(void) {
  struct perf_event_attr wanted = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof wanted,
                                   .config = PERF_COUNT_HW_CPU_CYCLES,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
  if (counter == -2)
    counter = (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0);
  return counter >= 0;
}

static uint64_t count(void) {
  uint64_t cycles = 0;
  if (read(counter, &cycles, sizeof cycles) != sizeof cycles)
    abort();
  return cycles;
}

#if defined(__x86_64__)
/* Cycles per microsecond. */
static double frequency(void) {
  uint64_t x = 3;
  double start = thread_time();
  for (int i = 0; i < TURNS; i++)
    __asm__ volatile(".rept %c1\n\timul %0, %0\n\t.endr"
                     : "+r"(x)
                     : "i"(LINKS));
  return CYCLES * (double)LINKS * TURNS / (thread_time() - start);
}
#else
static double frequency(void) {
  return 0;
}
#endif

const char *cycle_source(void) {
  if (has_counter())
    return "counted by the processor";
  return frequency() > 0 ? "from the time of a chain of multiplications in the "
                           "same run, 3 cycles each"
                         : NULL;
}

void clock_start(void) {
  start_frequency = has_counter() ? 0 : frequency();
  start_cycles = has_counter() ? count() : 0;
  start_time = thread_time();
}

struct reading clock_read(void) {
  struct reading reading = {.time = thread_time() - start_time};
  if (has_counter())
    reading.cycles = (double)(count() - start_cycles);
  else
    reading.cycles = reading.time * (start_frequency + frequency()) / 2;
  return reading;
}
