/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The units that took longest. Thread-safe.
 */
#ifndef LZR_BUILD_SLOWEST_H
#define LZR_BUILD_SLOWEST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { LZR_SLOWEST = 10 };

struct lzr_slow_unit {
  uint64_t time; /* nanoseconds, with data that it had to wait for */
  uint32_t number, functions;
  char name[128]; /* its first function's; cut if it is longer */
};

/* The slowest first. */
struct lzr_slowest {
  pthread_mutex_t lock;
  _Atomic uint64_t least; /* what takes no longer is not added */
  struct lzr_slow_unit units[LZR_SLOWEST];
  size_t count;
};

void lzr_slowest_init(struct lzr_slowest *slowest);
void lzr_slowest_fini(struct lzr_slowest *slowest);

void lzr_slowest_add(struct lzr_slowest *slowest, uint64_t time,
                     uint32_t number, uint32_t functions, const char *name);

/* Copies the list; returns how many it has. */
size_t lzr_slowest_list(struct lzr_slowest *slowest,
                        struct lzr_slow_unit units[LZR_SLOWEST]);

#endif
