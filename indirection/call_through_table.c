/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/call_through_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tpc/base/cpu.h"

#define FIRST_CHUNK_BITS 6

/* Chunk k begins at number 64 * (2^k - 1). */
struct position {
  unsigned chunk;
  size_t offset;
};

static struct position position_of(uint32_t index) {
  uint64_t shifted = (uint64_t)index + (1u << FIRST_CHUNK_BITS);
  unsigned top = 63 - (unsigned)__builtin_clzll(shifted);
  return (struct position){top - FIRST_CHUNK_BITS,
                           shifted - (UINT64_C(1) << top)};
}

void lzr_call_through_table_init(struct lzr_call_through_table *table) {
  for (size_t i = 0; i < LZR_CALL_THROUGH_CHUNKS; i++)
    atomic_init(&table->chunks[i], NULL);
}

void lzr_call_through_table_fini(struct lzr_call_through_table *table) {
  for (size_t i = 0; i < LZR_CALL_THROUGH_CHUNKS; i++)
    free(atomic_load_explicit(&table->chunks[i], memory_order_relaxed));
}

static lzr_error *add_chunk(struct lzr_call_through_table *table,
                            unsigned chunk) {
  size_t count = (size_t)1 << (chunk + FIRST_CHUNK_BITS);
  struct lzr_call_through_entry *entries = calloc(count, sizeof *entries);
  if (!entries)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "no memory for %zu more call-throughs", count);
  atomic_store_explicit(&table->chunks[chunk], entries, memory_order_release);
  return NULL;
}

lzr_error *lzr_call_through_table_add(struct lzr_call_through_table *table,
                                      uint32_t index, lzr_land land,
                                      void *data) {
  if (index > INT32_MAX)
    return lzr_error_create(
        LZR_ERROR_LIMIT,
        "call-through number %" PRIu32 ": there are 2^31 at most", index);
  struct position at = position_of(index);
  if (!atomic_load_explicit(&table->chunks[at.chunk], memory_order_relaxed)) {
    lzr_error *error = add_chunk(table, at.chunk);
    if (error)
      return error;
  }
  struct lzr_call_through_entry *entry =
      lzr_call_through_table_find(table, index);
  entry->data = data;
  atomic_store_explicit(&entry->land, land, memory_order_release);
  return NULL;
}

void lzr_call_through_table_remove(struct lzr_call_through_table *table,
                                   uint32_t index) {
  struct lzr_call_through_entry *entry =
      lzr_call_through_table_find(table, index);
  atomic_store_explicit(&entry->landed, 0, memory_order_relaxed);
  atomic_store_explicit(&entry->land, NULL, memory_order_relaxed);
}

struct lzr_call_through_entry *
lzr_call_through_table_find(struct lzr_call_through_table *table,
                            uint64_t index) {
  if (index > INT32_MAX)
    return NULL;
  struct position at = position_of((uint32_t)index);
  struct lzr_call_through_entry *chunk =
      atomic_load_explicit(&table->chunks[at.chunk], memory_order_acquire);
  return chunk ? &chunk[at.offset] : NULL;
}

/* Calls the client's function under the default floating-point environment, and
   restores the interrupted caller's errno and floating-point environment
   afterwards. */
static lzr_addr land_undisturbed(struct lzr_call_through_entry *entry) {
  lzr_land land = atomic_load_explicit(&entry->land, memory_order_acquire);
  if (!land)
    return 0;
  int saved_errno = errno;
  fenv_t environment;
  lzr_cpu_hold_fenv(&environment);
  lzr_addr target = land(entry->data);
  lzr_cpu_restore_fenv(&environment);
  errno = saved_errno;
  return target;
}

uint64_t lzr_call_through_reenter(void *data, uint64_t index) {
  struct lzr_call_through_entry *entry =
      lzr_call_through_table_find(data, index);
  if (!entry)
    return 0;
  lzr_addr landed = atomic_load_explicit(&entry->landed, memory_order_acquire);
  return landed != 0 ? landed : land_undisturbed(entry);
}
