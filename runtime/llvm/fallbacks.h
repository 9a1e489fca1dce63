/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Counts which functions the baseline generator has made, and why others went
 * to LLVM. Thread-safe.
 */
#ifndef LZR_LLVM_FALLBACKS_H
#define LZR_LLVM_FALLBACKS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/llvm/compiler.h"

struct lzr_fallbacks {
  pthread_mutex_t lock;
  uint64_t made;              /* functions that did not fall back */
  struct lzr_fallback *table; /* owned, and so are its reasons */
  size_t count, room;
};

void lzr_fallbacks_init(struct lzr_fallbacks *fallbacks);
void lzr_fallbacks_fini(struct lzr_fallbacks *fallbacks);

/* Counts a function; reason is copied, NULL if it did not fall back. Without
   memory it may go uncounted. */
void lzr_fallbacks_count(struct lzr_fallbacks *fallbacks, const char *reason);

/* Functions that did not fall back. */
uint64_t lzr_fallbacks_made(struct lzr_fallbacks *fallbacks);

/* Copies the table, the most frequent reason first. *list is owned (free());
   the reasons are borrowed as long as the table lives. */
lzr_error *lzr_fallbacks_list(struct lzr_fallbacks *fallbacks,
                              struct lzr_fallback **list, size_t *count);

#endif
