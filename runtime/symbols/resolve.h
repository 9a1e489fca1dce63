/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Answers to the linker: what each name that an object mentions means.
 */
#ifndef LZR_SYMBOLS_RESOLVE_H
#define LZR_SYMBOLS_RESOLVE_H

#include "runtime/link/link.h"
#include "runtime/symbols/search.h"

/* The queries of one object, or a single one, on their way to an answer. */
struct lzr_resolution {
  struct lzr_input *input; /* the module whose code asks; NULL: a client asks */
  struct lzr_library *library; /* where to search */
  const char *asking;          /* the unit that asks, for messages */
  bool strict; /* a function that is nowhere is an error, and gets no stub that
                  searches again */
  struct lzr_query *queries; /* borrowed */
  size_t count;
  struct lzr_wanted *wanted;   /* owned array, one for each query */
  struct lzr_symbol **answers; /* owned array likewise: the symbol that answers
                                  it, behind all aliases; or NULL */
  struct lzr_finding finding;
};

/* The caller has filled in the fields up to count; the others are zero. */
lzr_error *lzr_resolution_init(struct lzr_resolution *resolution);
void lzr_resolution_fini(struct lzr_resolution *resolution);

/* Finds the names and answers the queries: with a stub for a function, with an
   address in its module's data for a variable. If the asker has needs
   afterwards, call this again once that data is placed. On a compile thread. */
lzr_error *lzr_resolve(struct lzr_asker *asker,
                       struct lzr_resolution *resolution);

#endif
