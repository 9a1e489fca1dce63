/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Tracing: LZR_TRACE=lazy,compile,link,commit (or "all") in the environment
 * makes the runtime say on stderr what it does, with one write() a line. When
 * tracing is off, it costs one test.
 */
#ifndef LZR_TRACE_H
#define LZR_TRACE_H

enum lzr_trace_topic {
  LZR_TRACE_LAZY =
      1, /* first calls: which function was called, and where the call landed */
  LZR_TRACE_COMPILE =
      2, /* units: which functions they hold, and how long they took */
  LZR_TRACE_LINK = 4,  /* names: what each resolved to */
  LZR_TRACE_COMMIT = 8 /* what went into the target, and where */
};

extern unsigned lzr_trace_topics; /* set once, by lzr_trace_init */

/* Reads the environment when it is called for the first time. */
void lzr_trace_init(void);

#define lzr_trace(topic, ...)                                                  \
  do {                                                                         \
    if (lzr_trace_topics & (topic))                                            \
      lzr_trace_write(topic, __VA_ARGS__);                                     \
  } while (0)

__attribute__((format(printf, 2, 3))) void
lzr_trace_write(enum lzr_trace_topic topic, const char *format, ...);

#endif
