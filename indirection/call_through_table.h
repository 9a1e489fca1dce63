/*
 * What a first call through each trampoline means, by the trampoline's number.
 * Looked up without a lock by threads that are in the middle of a call.
 */
#ifndef LZR_CALL_THROUGH_TABLE_H
#define LZR_CALL_THROUGH_TABLE_H

#include <stdatomic.h>

#include "indirection/indirection.h"

struct lzr_call_through_entry {
  _Atomic lzr_addr landed; /* where calls go without asking, or 0. Stored with
                              release, loaded with acquire: who sees the address
                              sees the code there */
  _Atomic(lzr_land) land;  /* NULL while the entry is free. Stored with release
                              after data, loaded with acquire before it */
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

/* Makes the entry; under the indirection's lock. */
lzr_error *lzr_call_through_table_add(struct lzr_call_through_table *table,
                                      uint32_t index, lzr_land land,
                                      void *data);

/* The number stands for nothing from now on. No thread may be on its way
   through the trampoline. */
void lzr_call_through_table_remove(struct lzr_call_through_table *table,
                                   uint32_t index);

/* NULL for a number there never was a trampoline of. */
struct lzr_call_through_entry *
lzr_call_through_table_find(struct lzr_call_through_table *table,
                            uint64_t index);

/* The lzr_handler behind the resolver; data is the table. Returns the address
   to go on at, and 0, at which the resolver traps, for a number that stands
   for nothing. */
uint64_t lzr_call_through_reenter(void *data, uint64_t index);

#endif
