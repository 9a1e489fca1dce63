/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Measures time in cycles. */
#ifndef LZR_BENCH_CLOCK_H
#define LZR_BENCH_CLOCK_H

/* Where cycles come from, for the report: "counted by the processor", "from the
   time of ..."; NULL if they cannot be measured. */
const char *cycle_source(void);

/* How long this thread has run since clock_start(): time in microseconds, and
   cycles. */
struct reading {
  double time, cycles;
};
void clock_start(void);
struct reading clock_read(void);

#endif
