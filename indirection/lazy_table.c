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
  free(table->made);
  free(table->freed);
}

/* ---- A block --------------------------------------------------------------
 *
 * Code: the stubs. Data: their slots, then the call words.
 */

/* The new block's, whose trampolines are known already. */
static struct lzr_lazy_stub *newest(const struct lzr_lazy_table *table) {
  return table->made + table->blocks.members;
}

static lzr_error *write_code(void *maker, struct lzr_place place, lzr_addr data,
                             size_t members) {
  struct lzr_lazy_table *table = maker;
  return table->arch->write_stubs(place, data, members);
}

static void write_data(void *maker, struct lzr_place place, lzr_addr code,
                       size_t members) {
  struct lzr_lazy_table *table = maker;
  const struct lzr_lazy_stub *lazy = newest(table);
  struct lzr_emitter pointers = {place.bytes};
  for (size_t i = 0; i < members; i++)
    lzr_emit_64(&pointers, lazy[i].call_through.trampoline);
  for (size_t i = 0; i < members; i++)
    lzr_emit_64(&pointers, code + i * table->arch->stub_size);
}

static void set_addresses(const struct lzr_lazy_table *table,
                          const lzr_allocation *block,
                          struct lzr_lazy_stub *lazy, size_t members) {
  lzr_addr code = block->address[LZR_PROT_CODE];
  lzr_addr slots = block->address[LZR_PROT_DATA];
  lzr_addr words = slots + members * POINTER_SIZE;
  for (size_t i = 0; i < members; i++) {
    lazy[i].stub.address = code + i * table->arch->stub_size;
    lazy[i].stub.slot = slots + i * POINTER_SIZE;
    lazy[i].call_word = words + i * POINTER_SIZE;
  }
}

/* ---- Trampolines ----------------------------------------------------------
 */

static void give_trampolines(struct lzr_lazy_table *table,
                             const struct lzr_lazy_stub *lazy, size_t count) {
  while (count > 0)
    lzr_trampoline_pool_give(table->pool, &lazy[--count].call_through);
}

static lzr_error *take_trampolines(struct lzr_lazy_table *table,
                                   struct lzr_lazy_stub *lazy, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lzr_error *error =
        lzr_trampoline_pool_take(table->pool, &lazy[i].call_through);
    if (error) {
      give_trampolines(table, lazy, i);
      return error;
    }
  }
  return NULL;
}

/* ---- All of them ----------------------------------------------------------
 */

static lzr_error *make_room(struct lzr_lazy_table *table, size_t count) {
  lzr_error *error = lzr_array_reserve(&table->made, &table->made_capacity,
                                       count, sizeof *table->made);
  return error ? error
               : lzr_array_reserve(&table->freed, &table->freed_capacity, count,
                                   sizeof *table->freed);
}

/* Adds a block of at least that many. */
static lzr_error *grow(struct lzr_lazy_table *table, size_t least) {
  size_t members = lzr_blocks_next_size(&table->blocks, least);
  lzr_error *error = make_room(table, table->blocks.members + members);
  if (error)
    return error;
  struct lzr_lazy_stub *lazy = newest(table);
  error = take_trampolines(table, lazy, members);
  if (error)
    return error;
  const struct lzr_block_plan plan = {.members = members,
                                      .code_size =
                                          members * table->arch->stub_size,
                                      .data_size = members * 2 * POINTER_SIZE,
                                      .write_code = write_code,
                                      .write_data = write_data,
                                      .maker = table};
  const lzr_allocation *block = NULL;
  error = lzr_blocks_add(&table->blocks, &plan, &block);
  if (error)
    give_trampolines(table, lazy, members);
  else
    set_addresses(table, block, lazy, members);
  return error;
}

lzr_error *lzr_lazy_table_take(struct lzr_lazy_table *table,
                               struct lzr_lazy_stub *lazy, size_t count,
                               size_t *used) {
  size_t left = table->freed_count + table->blocks.members - table->handed_out;
  lzr_error *error = left < count ? grow(table, count - left) : NULL;
  if (error)
    return error;
  *used = table->freed_count < count ? table->freed_count : count;
  for (size_t i = 0; i < count; i++)
    lazy[i] = i < *used ? table->freed[--table->freed_count]
                        : table->made[table->handed_out++];
  return NULL;
}

void lzr_lazy_table_give(struct lzr_lazy_table *table,
                         const struct lzr_lazy_stub *lazy, size_t count) {
  for (size_t i = 0; i < count; i++)
    table->freed[table->freed_count++] = lazy[i];
}
