/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Functions of a source that are certain to be called: see certain.c. What is
 * done with them, lzr_source_follow_calls() and lzr_source_next_certain(), is
 * part of source.h.
 */
#ifndef LZR_CERTAIN_H
#define LZR_CERTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arrays with an element for each definition; owned. */
struct lzr_certain {
  bool *seen;      /* it has been followed */
  bool *returns;   /* every call of it returns */
  uint32_t *queue; /* groups, in the order in which they were found */
  size_t begin;    /* the next group to hand out */
  size_t end;
};

/* count is the number of definitions. False when memory is out; then, too,
   lzr_certain_fini() must be called. */
bool lzr_certain_init(struct lzr_certain *certain, size_t count);
void lzr_certain_fini(struct lzr_certain *certain);

#endif
