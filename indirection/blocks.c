#include "indirection/blocks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

lzr_error *lzr_array_reserve(void *array, size_t *capacity, size_t count,
                             size_t size) {
  if (count <= *capacity)
    return NULL;
  size_t wanted = *capacity > SIZE_MAX / 2 ? count : *capacity * 2;
  if (wanted < count)
    wanted = count;
  void *old;
  memcpy(&old, array, sizeof old);
  void *grown = wanted > SIZE_MAX / size ? NULL : realloc(old, wanted * size);
  if (!grown)
    return lzr_error_create(LZR_ERROR_MEMORY,
                            "no memory for %zu elements of %zu bytes", wanted,
                            size);
  memcpy(array, &grown, sizeof grown);
  *capacity = wanted;
  return NULL;
}

/* bytes has room for the code, and for the data behind it. */
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

lzr_error *lzr_blocks_add(struct lzr_blocks *blocks,
                          const struct lzr_block_plan *plan,
                          const lzr_allocation **allocation) {
  lzr_error *error =
      lzr_array_reserve(&blocks->allocations, &blocks->capacity,
                        blocks->count + 1, sizeof *blocks->allocations);
  lzr_allocation *made = NULL;
  if (!error)
    error = make_block(blocks->tpc, plan, &made);
  if (error)
    return error;
  blocks->allocations[blocks->count++] = made;
  blocks->members += plan->members;
  *allocation = made;
  return NULL;
}

void lzr_block_list_release(struct lzr_blocks *blocks) {
  while (blocks->count > 0)
    lzr_tpc_release(blocks->tpc, blocks->allocations[--blocks->count]);
  free(blocks->allocations);
}
