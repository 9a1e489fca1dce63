#include "indirection/trampoline_pool.h"

#include <stdlib.h>

void lzr_trampoline_pool_init(struct lzr_trampoline_pool *pool, lzr_tpc *tpc,
                              const struct lzr_arch *arch, lzr_addr data) {
  *pool = (struct lzr_trampoline_pool){
      .blocks = {.tpc = tpc}, .arch = arch, .data = data};
}

void lzr_trampoline_pool_fini(struct lzr_trampoline_pool *pool) {
  lzr_block_list_release(&pool->blocks);
  free(pool->freed);
}

static lzr_error *write_code(void *maker, struct lzr_place place, lzr_addr data,
                             size_t members) {
  (void)data; /* trampolines have none of their own */
  struct lzr_trampoline_pool *pool = maker;
  return pool->arch->write_trampolines(place, pool->data,
                                       (uint32_t)pool->blocks.members, members);
}

lzr_error *lzr_trampoline_pool_take_run(struct lzr_trampoline_pool *pool,
                                        size_t count,
                                        struct lzr_call_through *first) {
  size_t known = pool->blocks.members;
  lzr_error *error = lzr_array_reserve(&pool->freed, &pool->freed_capacity,
                                       known + count, sizeof *pool->freed);
  if (error)
    return error;
  const struct lzr_block_plan plan = {.members = count,
                                      .code_size =
                                          count * pool->arch->trampoline_size +
                                          pool->arch->trampoline_tail_size,
                                      .write_code = write_code,
                                      .maker = pool};
  const lzr_allocation *block = NULL;
  error = lzr_blocks_add(&pool->blocks, &plan, &block);
  if (error)
    return error;
  *first = (struct lzr_call_through){
      .trampoline = block->address[LZR_PROT_CODE], .index = (uint32_t)known};
  return NULL;
}

static lzr_error *grow(struct lzr_trampoline_pool *pool) {
  size_t members = lzr_blocks_next_size(&pool->blocks, 1);
  lzr_error *error = lzr_trampoline_pool_take_run(pool, members, &pool->next);
  if (!error)
    pool->unused = members;
  return error;
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
  *trampoline = pool->next;
  pool->next.trampoline += pool->arch->trampoline_size;
  pool->next.index++;
  pool->unused--;
  return NULL;
}

void lzr_trampoline_pool_give(struct lzr_trampoline_pool *pool,
                              const struct lzr_call_through *trampoline) {
  pool->freed[pool->freed_count++] = *trampoline;
}
