/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64 stubs:
 *
 *   bti  c                    landing pad of an indirect call; nop on old cores
 *   adrp x16,slot
 *   ldr  x17,[x16,#rest]
 *   br   x17                  may enter a function by its bti c or paciasp
 *
 * No calling convention uses x16 and x17: the procedure call standard gives
 * these two registers to code between caller and callee.
 */
#include "stubs/aarch64/aarch64.h"
#include "stubs/aarch64/encode.h"
#include "stubs/aarch64/pages.h"
#include "stubs/emit.h"
#include "stubs/reach.h"

#define STUB_SIZE LZR_AARCH64_STUB_SIZE
#define SLOT_SIZE 8

static lzr_addr adrp_of(lzr_addr stubs, size_t i) {
  return stubs + i * STUB_SIZE + 4;
}

static lzr_error *check_reach(lzr_addr stubs, lzr_addr slots, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lzr_addr from = adrp_of(stubs, i);
    lzr_addr to = slots + i * SLOT_SIZE;
    if (!lzr_a64_page_reaches(from, to))
      return lzr_reach_error("a slot", from, to, "4 GiB");
  }
  return NULL;
}

lzr_error *lzr_aarch64_write_stubs(struct lzr_place place, lzr_addr slots,
                                   size_t count) {
  lzr_error *error = lzr_pointer_check("a slot", slots);
  if (!error)
    error = check_reach(place.address, slots, count);
  if (error)
    return error;

  struct lzr_emitter out = {place.bytes};
  for (size_t i = 0; i < count; i++) {
    lzr_addr slot = slots + i * SLOT_SIZE;
    int64_t pages = lzr_a64_page_distance(adrp_of(place.address, i), slot);
    lzr_emit_32(&out, LZR_A64_BTI_C);
    lzr_emit_32(&out, lzr_a64_adrp(LZR_A64_X16, pages));
    lzr_emit_32(&out,
                lzr_a64_ldr(LZR_A64_X17, LZR_A64_X16, lzr_a64_page_rest(slot)));
    lzr_emit_32(&out, lzr_a64_br(LZR_A64_X17));
  }
  return NULL;
}
