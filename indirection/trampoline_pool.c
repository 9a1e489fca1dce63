/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/trampoline_pool.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

void lzr_trampoline_pool_init(struct lzr_trampoline_pool *pool, lzr_tpc *tpc,
                              const struct lzr_arch *arch, lzr_addr data,
                              pthread_mutex_t *lock) {
  *pool = (struct lzr_trampoline_pool){
      .blocks = {.tpc = tpc, .lock = lock}, .arch = arch, .data = data};
}

void lzr_trampoline_pool_fini(struct lzr_trampoline_pool *pool) {
  lzr_block_list_release(&pool->blocks);
  free(pool->freed);
}

static const uint64_t max_numbers = UINT64_C(1) << 31;

struct new_trampolines {
  const struct lzr_arch *arch;
  lzr_addr data;
  uint32_t first; /* number */
};

static lzr_error *write_code(void *maker, struct lzr_place place, lzr_addr data,
                             size_t members) {
  (void)data; /* trampolines share the resolver block's data */
  const struct new_trampolines *block = maker;
  return block->arch->write_trampolines(place, block->data, block->first,
                                        members);
}

/* Numbers are taken before the block is made: another thread may add one
   meanwhile. */
static lzr_error *take_numbers(struct lzr_trampoline_pool *pool, size_t count,
                               uint32_t *first) {
  if (count > max_numbers - pool->numbered)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "no numbers for %zu more trampolines: there are "
                            "2^31 at most",
                            count);
  *first = (uint32_t)pool->numbered;
  pool->numbered += count;
  return NULL;
}

static lzr_error *add_block(struct lzr_trampoline_pool *pool, size_t count,
                            struct lzr_call_through *first) {
  struct new_trampolines making = {.arch = pool->arch, .data = pool->data};
  lzr_error *error = take_numbers(pool, count, &making.first);
  if (error)
    return error;
  const struct lzr_block_plan plan = {.members = count,
                                      .code_size =
                                          count * pool->arch->trampoline_size +
                                          pool->arch->trampoline_tail_size,
                                      .write_code = write_code,
                                      .maker = &making};
  const lzr_allocation *block = NULL;
  error = lzr_blocks_add(&pool->blocks, &plan, &block);
  if (error)
    return error;
  *first = (struct lzr_call_through){
      .trampoline = block->address[LZR_PROT_CODE], .index = making.first};
  return NULL;
}

lzr_error *lzr_trampoline_pool_take_run(struct lzr_trampoline_pool *pool,
                                        size_t count,
                                        struct lzr_call_through *first) {
  lzr_error *error = add_block(pool, count, first);
  if (error)
    return error;
  struct lzr_call_through *freed = lzr_array_reserve(
      pool->freed, &pool->freed_capacity, pool->blocks.members, sizeof *freed);
  if (!freed)
    return lzr_out_of_memory();
  pool->freed = freed;
  return NULL;
}

static struct lzr_call_through take_unused(struct lzr_trampoline_pool *pool) {
  struct lzr_call_through trampoline = pool->next;
  pool->next.trampoline += pool->arch->trampoline_size;
  pool->next.index++;
  pool->unused--;
  return trampoline;
}

/* What is left of a block that another thread added meanwhile joins the
   freed. */
static lzr_error *grow(struct lzr_trampoline_pool *pool) {
  size_t members = lzr_blocks_next_size(&pool->blocks, 1);
  struct lzr_call_through first;
  lzr_error *error = lzr_trampoline_pool_take_run(pool, members, &first);
  if (error)
    return error;
  while (pool->unused > 0)
    pool->freed[pool->freed_count++] = take_unused(pool);
  pool->next = first;
  pool->unused = members;
  return NULL;
}

lzr_error *lzr_trampoline_pool_take(struct lzr_trampoline_pool *pool,
                                    struct lzr_call_through *trampoline) {
  if (pool->freed_count > 0) {
    *trampoline = pool->freed[--pool->freed_count];
    return NULL;
  }
  lzr_error *error = pool->unused > 0 ? NULL : grow(pool);
  if (error)
    return error;
  *trampoline = take_unused(pool);
  return NULL;
}

void lzr_trampoline_pool_give(struct lzr_trampoline_pool *pool,
                              const struct lzr_call_through *trampoline) {
  pool->freed[pool->freed_count++] = *trampoline;
}
