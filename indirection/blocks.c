/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/blocks.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "tpc/base/memory.h"

#define SMALLEST_BLOCK 64
#define LARGEST_BLOCK 4096

size_t lzr_blocks_next_size(const struct lzr_blocks *blocks, size_t least) {
  size_t size = blocks->members;
  if (size < SMALLEST_BLOCK)
    size = SMALLEST_BLOCK;
  if (size > LARGEST_BLOCK)
    size = LARGEST_BLOCK;
  return size > least ? size : least;
}

/* bytes is a buffer for the code, and for the data behind it. */
static lzr_error *commit_block(lzr_tpc *tpc, lzr_allocation *allocation,
                               const struct lzr_block_plan *plan,
                               uint8_t *bytes) {
  struct lzr_place code = {bytes, allocation->address[LZR_PROT_CODE]};
  struct lzr_place data = {bytes + plan->code_size,
                           allocation->address[LZR_PROT_DATA]};
  lzr_error *error =
      plan->write_code(plan->maker, code, data.address, plan->members);
  if (error)
    return error;
  if (plan->write_data)
    plan->write_data(plan->maker, data, code.address, plan->members);
  const struct lzr_segment segments[] = {
      {.address = code.address,
       .bytes = code.bytes,
       .byte_count = plan->code_size},
      {.address = data.address,
       .bytes = data.bytes,
       .byte_count = plan->write_data ? plan->data_size : 0,
       .zero_count = plan->write_data ? 0 : plan->data_size},
  };
  const struct lzr_commit commit = {
      .segments = segments, .segment_count = plan->data_size != 0 ? 2 : 1};
  return lzr_tpc_commit(tpc, allocation, &commit);
}

static lzr_error *make_block(lzr_tpc *tpc, const struct lzr_block_plan *plan,
                             lzr_allocation **allocation) {
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = plan->code_size,
               [LZR_PROT_DATA] = plan->data_size}};
  size_t size = plan->code_size + plan->data_size;
  uint8_t *bytes = malloc(size);
  if (!bytes)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "no memory for a block of %zu bytes", size);
  lzr_error *error = lzr_tpc_reserve(tpc, &layout, allocation);
  if (!error) {
    error = commit_block(tpc, *allocation, plan, bytes);
    if (error)
      lzr_tpc_release(tpc, *allocation);
  }
  free(bytes);
  return error;
}

/* Under lock. */
static bool keep_block(struct lzr_blocks *blocks, lzr_allocation *made,
                       size_t members) {
  lzr_allocation **grown = lzr_array_grow(blocks->allocations, blocks->count,
                                          sizeof *blocks->allocations);
  if (!grown)
    return false;
  blocks->allocations = grown;
  blocks->allocations[blocks->count++] = made;
  blocks->members += members;
  return true;
}

lzr_error *lzr_blocks_add(struct lzr_blocks *blocks,
                          const struct lzr_block_plan *plan,
                          const lzr_allocation **allocation) {
  lzr_allocation *made = NULL;
  pthread_mutex_unlock(blocks->lock);
  lzr_error *error = make_block(blocks->tpc, plan, &made);
  pthread_mutex_lock(blocks->lock);
  if (error)
    return error;
  if (!keep_block(blocks, made, plan->members)) {
    pthread_mutex_unlock(blocks->lock);
    lzr_tpc_release(blocks->tpc, made);
    pthread_mutex_lock(blocks->lock);
    return lzr_out_of_memory();
  }
  *allocation = made;
  return NULL;
}

void lzr_block_list_release(struct lzr_blocks *blocks) {
  while (blocks->count > 0)
    lzr_tpc_release(blocks->tpc, blocks->allocations[--blocks->count]);
  free(blocks->allocations);
}
