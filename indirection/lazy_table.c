/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/lazy_table.h"

#include <stdlib.h>

#include "stubs/emit.h"
#include "tpc/base/memory.h"

#define POINTER_SIZE 8

void lzr_lazy_table_init(struct lzr_lazy_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch, pthread_mutex_t *lock,
                         struct lzr_trampoline_pool *pool) {
  *table = (struct lzr_lazy_table){
      .blocks = {.tpc = tpc, .lock = lock}, .arch = arch, .pool = pool};
}

void lzr_lazy_table_fini(struct lzr_lazy_table *table) {
  lzr_block_list_release(&table->blocks);
  free(table->runs);
  free(table->freed);
}

/* Blocks. A block's code is its stubs; its data is their slots, then their call
   words. */

struct new_block {
  const struct lzr_arch *arch;
  struct lzr_call_through first; /* of its trampolines */
};

static lzr_error *write_code(void *maker, struct lzr_place place, lzr_addr data,
                             size_t members) {
  const struct new_block *block = maker;
  return block->arch->write_stubs(place, data, members);
}

static void write_data(void *maker, struct lzr_place place, lzr_addr code,
                       size_t members) {
  const struct new_block *block = maker;
  struct lzr_emitter pointers = {place.bytes};
  for (size_t i = 0; i < members; i++)
    lzr_emit_64(&pointers,
                block->first.trampoline + i * block->arch->trampoline_size);
  for (size_t i = 0; i < members; i++)
    lzr_emit_64(&pointers, code + i * block->arch->stub_size);
}

static void give_trampolines(struct lzr_lazy_table *table,
                             struct lzr_call_through first, size_t count) {
  for (; count > 0; count--) {
    lzr_trampoline_pool_give(table->pool, &first);
    first.trampoline += table->arch->trampoline_size;
    first.index++;
  }
}

/* Makes room for a block's members: as unused, and once they are freed. */
static lzr_error *make_room(struct lzr_lazy_table *table) {
  struct lzr_lazy_stub *freed =
      lzr_array_reserve(table->freed, &table->freed_capacity,
                        table->blocks.members, sizeof *freed);
  if (!freed)
    return lzr_out_of_memory();
  table->freed = freed;
  struct lzr_lazy_run *runs = lzr_array_reserve(
      table->runs, &table->run_capacity, table->run_count + 1, sizeof *runs);
  if (!runs)
    return lzr_out_of_memory();
  table->runs = runs;
  return NULL;
}

/* Adds a block of at least that many, as the topmost run. */
static lzr_error *grow(struct lzr_lazy_table *table, size_t least) {
  size_t members = lzr_blocks_next_size(&table->blocks, least);
  struct new_block making = {.arch = table->arch};
  lzr_error *error =
      lzr_trampoline_pool_take_run(table->pool, members, &making.first);
  if (error)
    return error;
  const struct lzr_block_plan plan = {.members = members,
                                      .code_size =
                                          members * table->arch->stub_size,
                                      .data_size = members * 2 * POINTER_SIZE,
                                      .write_code = write_code,
                                      .write_data = write_data,
                                      .maker = &making};
  const lzr_allocation *block = NULL;
  error = lzr_blocks_add(&table->blocks, &plan, &block);
  if (!error)
    error = make_room(table);
  if (error) {
    give_trampolines(table, making.first, members);
    return error;
  }
  lzr_addr slots = block->address[LZR_PROT_DATA];
  table->runs[table->run_count++] = (struct lzr_lazy_run){
      .next = {.stub = {.address = block->address[LZR_PROT_CODE],
                        .slot = slots},
               .call_word = slots + members * POINTER_SIZE,
               .call_through = making.first},
      .unused = members};
  return NULL;
}

/* The table. */

static struct lzr_lazy_stub take_unused(struct lzr_lazy_table *table) {
  struct lzr_lazy_run *run = &table->runs[table->run_count - 1];
  struct lzr_lazy_stub lazy = run->next;
  run->next.stub.address += table->arch->stub_size;
  run->next.stub.slot += POINTER_SIZE;
  run->next.call_word += POINTER_SIZE;
  run->next.call_through.trampoline += table->arch->trampoline_size;
  run->next.call_through.index++;
  if (--run->unused == 0)
    table->run_count--;
  return lazy;
}

lzr_error *lzr_lazy_table_take(struct lzr_lazy_table *table,
                               struct lzr_lazy_stub *lazy, size_t count,
                               size_t *used) {
  size_t taken = 0;
  while (taken < count && table->freed_count > 0)
    lazy[taken++] = table->freed[--table->freed_count];
  *used = taken;
  while (taken < count && table->run_count > 0)
    lazy[taken++] = take_unused(table);
  if (taken < count) {
    lzr_error *error = grow(table, count - taken);
    if (error) {
      lzr_lazy_table_give(table, lazy, taken);
      return error;
    }
  }
  while (taken < count)
    lazy[taken++] = take_unused(table);
  return NULL;
}

void lzr_lazy_table_give(struct lzr_lazy_table *table,
                         const struct lzr_lazy_stub *lazy, size_t count) {
  for (size_t i = 0; i < count; i++)
    table->freed[table->freed_count++] = lazy[i];
}
