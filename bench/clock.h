/* How many cycles a piece of time was. */
#ifndef LZR_BENCH_CLOCK_H
#define LZR_BENCH_CLOCK_H

/* "counted by the processor", "from the time of ..."; NULL if there is no
   way. */
const char *cycle_source(void);

/* How long this thread has run since clock_start(), in microseconds, and in
   cycles. */
struct reading {
  double time, cycles;
};
void clock_start(void);
struct reading clock_read(void);

#endif
