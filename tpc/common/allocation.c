/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/common/allocation.h"

const char *const lzr_part_names[LZR_PROT_COUNT] = {
    [LZR_PROT_CODE] = "code",    [LZR_PROT_CONST] = "constants",
    [LZR_PROT_DATA] = "data",    [LZR_PROT_LARGE] = "large data",
    [LZR_PROT_FAR] = "far data",
};

bool lzr_part_grows_down(lzr_prot prot) {
  return prot == LZR_PROT_LARGE;
}

uint64_t lzr_part_depth(lzr_prot prot, lzr_addr start, uint64_t length,
                        lzr_addr address, uint64_t size) {
  return lzr_part_grows_down(prot) ? start + length - address
                                   : address + size - start;
}

static bool is_inside(lzr_addr start, uint64_t length, lzr_addr address,
                      uint64_t size) {
  return address >= start && address - start <= length &&
         size <= length - (address - start);
}

lzr_prot lzr_allocation_find(const lzr_allocation *allocation, lzr_addr address,
                             uint64_t size) {
  int prot = 0;

  while (prot < LZR_PROT_COUNT &&
         !(allocation->size[prot] &&
           is_inside(allocation->address[prot], allocation->size[prot], address,
                     size)))
    prot++;
  return (lzr_prot)prot;
}

lzr_error *lzr_allocation_check_segment(const lzr_allocation *allocation,
                                        const struct lzr_segment *segment) {
  uint64_t size = segment->byte_count + segment->zero_count;

  if (size < segment->byte_count ||
      lzr_allocation_find(allocation, segment->address, size) == LZR_PROT_COUNT)
    return lzr_error_create(
        LZR_ERROR_ARGUMENT,
        "a segment at 0x%llx of %llu bytes and %llu zeros is not inside the "
        "allocation",
        (unsigned long long)segment->address,
        (unsigned long long)segment->byte_count,
        (unsigned long long)segment->zero_count);
  return NULL;
}

lzr_error *lzr_allocation_check_action(const lzr_allocation *allocation,
                                       const struct lzr_action *action) {
  if ((unsigned)action->kind > LZR_ACTION_JITDUMP)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "there is no action %u",
                            (unsigned)action->kind);
  if (lzr_allocation_find(allocation, action->address, action->size) ==
      LZR_PROT_COUNT)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "an action on %llu bytes at 0x%llx is not inside "
                            "the allocation",
                            (unsigned long long)action->size,
                            (unsigned long long)action->address);
  return NULL;
}

lzr_error *lzr_stores_check(lzr_addr start, uint64_t size,
                            const struct lzr_pointer_store *stores,
                            size_t count) {
  for (size_t i = 0; i < count; i++)
    if (stores[i].address % sizeof(uint64_t) != 0 ||
        !is_inside(start, size, stores[i].address, sizeof(uint64_t)))
      return lzr_error_create(
          LZR_ERROR_ARGUMENT,
          "0x%llx is not an aligned pointer in committed data",
          (unsigned long long)stores[i].address);
  return NULL;
}
