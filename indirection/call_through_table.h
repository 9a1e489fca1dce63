/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a first call through each trampoline means, by the trampoline's number.
 * Threads that are in the middle of a call look it up without a lock.
 */
#ifndef LZR_CALL_THROUGH_TABLE_H
#define LZR_CALL_THROUGH_TABLE_H

#include <stdatomic.h>

#include "indirection/indirection.h"

struct lzr_call_through_entry {
  _Atomic lzr_addr
      landed;             /* where calls go without calling land, or 0. Stored
                             with release and loaded with acquire, so that a
                             thread that sees the address sees the code there */
  _Atomic(lzr_land) land; /* NULL while the entry is free. Stored with release
                             after data, loaded with acquire before data */
  void *data;
};

/* Chunk k has 64 * 2^k entries and never moves; 26 of them hold 2^31. */
#define LZR_CALL_THROUGH_CHUNKS 26

struct lzr_call_through_table {
  /* Owned. Stored with release under the indirection's lock, loaded with
     acquire by threads that hold none. */
  _Atomic(struct lzr_call_through_entry *) chunks[LZR_CALL_THROUGH_CHUNKS];
};

void lzr_call_through_table_init(struct lzr_call_through_table *table);
void lzr_call_through_table_fini(struct lzr_call_through_table *table);

/* Fills in the entry. The indirection's lock is held. */
lzr_error *lzr_call_through_table_add(struct lzr_call_through_table *table,
                                      uint32_t index, lzr_land land,
                                      void *data);

/* Frees the entry. No thread may be on its way through the trampoline. */
void lzr_call_through_table_remove(struct lzr_call_through_table *table,
                                   uint32_t index);

/* Returns NULL if there has never been a trampoline of that number. */
struct lzr_call_through_entry *
lzr_call_through_table_find(struct lzr_call_through_table *table,
                            uint64_t index);

/* The lzr_handler that the resolver calls; data is the table. Returns the
   landing address. Returns 0 if the entry is free: the resolver then traps. */
uint64_t lzr_call_through_reenter(void *data, uint64_t index);

#endif
