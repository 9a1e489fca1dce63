/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What happened when, and on which thread: for a file that viewers of traces
 * show (chrome://tracing, Perfetto), and lazyrun-report.
 *
 * Events are kept in memory and written when the program ends. While nobody
 * wants them, each costs one test. Recording one takes no lock and allocates
 * nothing, so a signal handler may do it.
 */
#ifndef LZR_BASE_EVENTS_H
#define LZR_BASE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tpc/base/clock.h"
#include "tpc/base/error.h"

enum lzr_event_kind {
  LZR_EVENT_OPEN,       /* a module */
  LZR_EVENT_FIRST_CALL, /* of a function, while a thread waits; detail: the
                           function that calls, if it was compiled here */
  LZR_EVENT_UNIT,       /* a unit, from the first thing to the last */
  LZR_EVENT_PHASE,      /* a part of it; values: the unit's number */
  LZR_EVENT_CALL,       /* of an executor's service; values: bytes sent,
                           received */
  LZR_EVENT_POST,       /* the same, without waiting; values: bytes sent */
  LZR_EVENT_FALLBACK,   /* a function that goes to LLVM; detail: the reason */
  LZR_EVENT_MEMORY,     /* values: bytes of code, of constants, of data, and
                           the largest resident size so far in KiB */
  LZR_EVENT_THREAD      /* "thread_name"; detail: that of the thread that
                           records it */
};

enum { LZR_EVENT_VALUES = 4 };

extern bool lzr_events_wanted; /* set once, by lzr_events_start() */

/* From now on, events are recorded: at most so many, the rest is counted. The
   caller's thread is the main one. Not thread-safe. */
lzr_error *lzr_events_start(uint32_t most);

/* In a child that was forked: forgets what happened before. */
void lzr_events_restart(void);

/* The time, if events are wanted; else 0. */
static inline uint64_t lzr_event_begin(void) {
  return lzr_events_wanted ? lzr_now() : 0;
}

/* Records what began at a time of lzr_event_begin() and ends now; values may be
   NULL. What is formatted is the event's name and, behind a zero byte ("%c"),
   its detail, if it has one. Long text is cut. */
#define lzr_event_end(kind, begin, values, ...)                                \
  do {                                                                         \
    if (lzr_events_wanted)                                                     \
      lzr_event_record(kind, begin, lzr_now(), values, __VA_ARGS__);           \
  } while (0)

/* Records what happens now. */
#define lzr_event_now(kind, values, ...)                                       \
  do {                                                                         \
    if (lzr_events_wanted) {                                                   \
      uint64_t now_ = lzr_now();                                               \
      lzr_event_record(kind, now_, now_, values, __VA_ARGS__);                 \
    }                                                                          \
  } while (0)

/* For the macros, and for what began and ended at other times. */
__attribute__((format(printf, 5, 6))) void
lzr_event_record(enum lzr_event_kind kind, uint64_t begin, uint64_t end,
                 const uint64_t *values, const char *format, ...);

/* Writes what has been recorded to a file, in the JSON format of trace events;
   version says of what. Other threads may go on recording. */
lzr_error *lzr_events_write(const char *path, const char *version);

#endif
