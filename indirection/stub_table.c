/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/stub_table.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

#define SLOT_SIZE 8

void lzr_stub_table_init(struct lzr_stub_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch, pthread_mutex_t *lock) {
  *table = (struct lzr_stub_table){.blocks = {.tpc = tpc, .lock = lock},
                                   .arch = arch};
}

void lzr_stub_table_fini(struct lzr_stub_table *table) {
  lzr_block_list_release(&table->blocks);
  free(table->freed);
}

static lzr_error *write_code(void *maker, struct lzr_place place, lzr_addr data,
                             size_t members) {
  struct lzr_stub_table *table = maker;
  return table->arch->write_stubs(place, data, members);
}

static struct lzr_stub take_unused(struct lzr_stub_table *table) {
  struct lzr_stub stub = table->next;
  table->next.address += table->arch->stub_size;
  table->next.slot += SLOT_SIZE;
  table->unused--;
  return stub;
}

/* Adds a block of at least that many. What is left of another one, which
   another thread may have added meanwhile, joins the freed. */
static lzr_error *grow(struct lzr_stub_table *table, size_t least) {
  size_t members = lzr_blocks_next_size(&table->blocks, least);
  const struct lzr_block_plan plan = {.members = members,
                                      .code_size =
                                          members * table->arch->stub_size,
                                      .data_size = members * SLOT_SIZE,
                                      .write_code = write_code,
                                      .maker = table};
  const lzr_allocation *block = NULL;
  lzr_error *error = lzr_blocks_add(&table->blocks, &plan, &block);
  if (error)
    return error;
  struct lzr_stub *freed =
      lzr_array_reserve(table->freed, &table->freed_capacity,
                        table->blocks.members, sizeof *freed);
  if (!freed)
    return lzr_out_of_memory();
  table->freed = freed;
  while (table->unused > 0)
    table->freed[table->freed_count++] = take_unused(table);
  table->next.address = block->address[LZR_PROT_CODE];
  table->next.slot = block->address[LZR_PROT_DATA];
  table->unused = members;
  return NULL;
}

/* How many it took. */
static size_t take_left(struct lzr_stub_table *table, struct lzr_stub *stubs,
                        size_t count) {
  size_t left = table->freed_count + table->unused;
  if (count > left)
    count = left;
  for (size_t i = 0; i < count; i++)
    stubs[i] = table->freed_count > 0 ? table->freed[--table->freed_count]
                                      : take_unused(table);
  return count;
}

lzr_error *lzr_stub_table_take(struct lzr_stub_table *table,
                               struct lzr_stub *stubs, size_t count) {
  size_t taken = take_left(table, stubs, count);
  if (taken == count)
    return NULL;
  lzr_error *error = grow(table, count - taken);
  if (error) {
    lzr_stub_table_give(table, stubs, taken);
    return error;
  }
  take_left(table, stubs + taken, count - taken);
  return NULL;
}

void lzr_stub_table_give(struct lzr_stub_table *table,
                         const struct lzr_stub *stubs, size_t count) {
  for (size_t i = 0; i < count; i++)
    table->freed[table->freed_count++] = stubs[i];
}
