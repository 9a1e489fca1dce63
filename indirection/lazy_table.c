#include "indirection/lazy_table.h"

#include <stdlib.h>

#include "stubs/emit.h"

#define POINTER_SIZE 8

void lzr_lazy_table_init(struct lzr_lazy_table *table, lzr_tpc *tpc,
                         const struct lzr_arch *arch,
                         struct lzr_trampoline_pool *pool) {
  *table = (struct lzr_lazy_table){
      .blocks = {.tpc = tpc}, .arch = arch, .pool = pool};
}

void lzr_lazy_table_fini(struct lzr_lazy_table *table) {
  lzr_block_list_release(&table->blocks);
  free(table->freed);
}

/* ---- A block --------------------------------------------------------------
 *
 * Code: the stubs. Data: their slots, then the call words.
 */

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

/* Once nothing is unused: a block of at least that many. */
static lzr_error *grow(struct lzr_lazy_table *table, size_t least) {
  size_t members = lzr_blocks_next_size(&table->blocks, least);
  lzr_error *error =
      lzr_array_reserve(&table->freed, &table->freed_capacity,
                        table->blocks.members + members, sizeof *table->freed);
  if (error)
    return error;
  struct new_block making = {.arch = table->arch};
  error = lzr_trampoline_pool_take_run(table->pool, members, &making.first);
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
  if (error) {
    give_trampolines(table, making.first, members);
    return error;
  }
  lzr_addr slots = block->address[LZR_PROT_DATA];
  table->next = (struct lzr_lazy_stub){
      .stub = {.address = block->address[LZR_PROT_CODE], .slot = slots},
      .call_word = slots + members * POINTER_SIZE,
      .call_through = making.first};
  table->unused = members;
  return NULL;
}

/* ---- All of them ----------------------------------------------------------
 */

static struct lzr_lazy_stub take_unused(struct lzr_lazy_table *table) {
  struct lzr_lazy_stub lazy = table->next;
  table->next.stub.address += table->arch->stub_size;
  table->next.stub.slot += POINTER_SIZE;
  table->next.call_word += POINTER_SIZE;
  table->next.call_through.trampoline += table->arch->trampoline_size;
  table->next.call_through.index++;
  table->unused--;
  return lazy;
}

lzr_error *lzr_lazy_table_take(struct lzr_lazy_table *table,
                               struct lzr_lazy_stub *lazy, size_t count,
                               size_t *used) {
  size_t taken = 0;
  while (taken < count && table->freed_count > 0)
    lazy[taken++] = table->freed[--table->freed_count];
  *used = taken;
  while (taken < count && table->unused > 0)
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
