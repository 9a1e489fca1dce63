/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64 trampolines:
 *
 *   bti  c
 *   movz w16,#index
 *   movk w16,#index >> 16,lsl #16
 *   b    tail
 *
 * and the tail behind the last of them:
 *
 *   adrp x17,data
 *   add  x17,x17,#rest
 *   str  x16,[sp,#-16]!       the index, because no third register is free
 *   ldr  x16,[x17,#8]
 *   br   x16                  with x17 = data, whose first word is the context
 */
#include "stubs/aarch64/aarch64.h"
#include "stubs/aarch64/encode.h"
#include "stubs/aarch64/pages.h"
#include "stubs/emit.h"
#include "stubs/reach.h"

#define TRAMPOLINE_SIZE LZR_AARCH64_TRAMPOLINE_SIZE
#define TO_BRANCH 12 /* bytes before a trampoline's b */
#define BRANCH_SPAN ((1 << 27) - 4)

static void emit_trampoline(struct lzr_emitter *out, uint32_t index,
                            int32_t to_tail) {
  lzr_emit_32(out, LZR_A64_BTI_C);
  lzr_emit_32(out, lzr_a64_movz_w(LZR_A64_X16, index));
  lzr_emit_32(out, lzr_a64_movk_w_high(LZR_A64_X16, index >> 16));
  lzr_emit_32(out, lzr_a64_b(to_tail));
}

static void emit_tail(struct lzr_emitter *out, lzr_addr tail, lzr_addr data) {
  lzr_emit_32(out,
              lzr_a64_adrp(LZR_A64_X17, lzr_a64_page_distance(tail, data)));
  lzr_emit_32(out,
              lzr_a64_add(LZR_A64_X17, LZR_A64_X17, lzr_a64_page_rest(data)));
  lzr_emit_32(out, lzr_a64_str_pre(LZR_A64_X16, LZR_A64_SP, -16));
  lzr_emit_32(out, lzr_a64_ldr(LZR_A64_X16, LZR_A64_X17, 8));
  lzr_emit_32(out, lzr_a64_br(LZR_A64_X16));
  lzr_emit_32(out, LZR_A64_BRK_1); /* padding */
}

lzr_error *lzr_aarch64_write_trampolines(struct lzr_place place, lzr_addr data,
                                         uint32_t first_index, size_t count) {
  lzr_error *error =
      lzr_trampoline_check(first_index, count, BRANCH_SPAN / TRAMPOLINE_SIZE);
  if (!error)
    error = lzr_pointer_check("a trampoline block's data", data);
  if (error)
    return error;
  size_t size = count * TRAMPOLINE_SIZE;
  lzr_addr tail = place.address + size;
  if (!lzr_a64_page_reaches(tail, data))
    return lzr_reach_error("a trampoline block's data", tail, data, "4 GiB");

  struct lzr_emitter out = {place.bytes};
  for (size_t i = 0; i < count; i++)
    emit_trampoline(&out, first_index + (uint32_t)i,
                    (int32_t)(size - i * TRAMPOLINE_SIZE - TO_BRANCH));
  emit_tail(&out, tail, data);
  return NULL;
}
