/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The AArch64 resolver. The trampoline has pushed the index; x17 is the address
 * of { context, resolver }, and x30 is the return address. The frame:
 *
 *    [x29,#0]     x29, x30 (signed)
 *    [x29,#16]    x0-x15
 *    [x29,#144]   q0-q31
 *
 * On a target with SVE, its vector registers are below x29 instead (save.h).
 *
 * x0-x8 and x15 are arguments or the static chain. x9-x14 are arguments of
 * preserve_none, and preserve_most expects them kept. C keeps x19-x28, and the
 * lower halves of v8-v15; aarch64_vector_pcs and preserve_all need the whole
 * registers. No calling convention uses x16 and x17. x18 is the platform's and
 * is not touched.
 *
 * The index is popped before anything else, so that the return address is
 * signed and authenticated with the caller's sp. That is the CFA, with which an
 * unwinder authenticates it.
 */
#include <assert.h>

#include "stubs/aarch64/aarch64.h"
#include "stubs/aarch64/encode.h"
#include "stubs/aarch64/frame.h"
#include "stubs/aarch64/save.h"
#include "stubs/emit.h"

#define X_OFFSET 16
#define X_COUNT 16
#define Q_OFFSET (X_OFFSET + X_COUNT * 8)

/* The number of instructions before the frame is made, and after it is left: br
   and brk. */
enum { BEFORE_FRAME = 2, BEHIND_FRAME = 2 };

static uint32_t frame_size(const struct lzr_save_area *save) {
  return lzr_a64_frame_size(save, Q_OFFSET);
}

static void emit_entry(struct lzr_emitter *out, uint32_t frame) {
  lzr_emit_32(out, LZR_A64_BTI_C);
  lzr_emit_32(out, lzr_a64_ldr_post(LZR_A64_X16, LZR_A64_SP, 16));
  lzr_a64_emit_frame_begin(out, frame);
  for (uint32_t i = 0; i < X_COUNT; i += 2)
    lzr_emit_32(out, lzr_a64_stp(i, i + 1, X_OFFSET + i * 8));
}

/* Asks for the landing address. The caller has loaded a slot to get here; the
   barrier orders that load before all loads behind the call, and pairs with the
   release store to the slot. Returns the place of the branch to the trap. */
static uint8_t *emit_ask(struct lzr_emitter *out) {
  lzr_emit_32(out, LZR_A64_DMB_ISHLD);
  lzr_emit_32(out, lzr_a64_ldr(0, LZR_A64_X17, 0)); /* context */
  lzr_emit_32(out, lzr_a64_mov_w(1, LZR_A64_X16));  /* index */
  lzr_emit_32(out, lzr_a64_ldr(LZR_A64_X17, 0, 0));
  lzr_emit_32(out, lzr_a64_blr(LZR_A64_X17));
  uint8_t *to_trap = out->at;
  lzr_emit_32(out, 0);
  lzr_emit_32(out, lzr_a64_mov(LZR_A64_X16, 0));
  lzr_emit_32(out,
              LZR_A64_ISB); /* drop instructions fetched before the commit */
  return to_trap;
}

static void emit_exit(struct lzr_emitter *out, uint32_t frame) {
  for (uint32_t i = 0; i < X_COUNT; i += 2)
    lzr_emit_32(out, lzr_a64_ldp(i, i + 1, X_OFFSET + i * 8));
  lzr_a64_emit_frame_end(out, frame);
  lzr_emit_32(out, lzr_a64_br(LZR_A64_X16));
}

static void emit_trap(struct lzr_emitter *out, uint8_t *to_trap) {
  struct lzr_emitter branch = {to_trap};
  lzr_emit_32(&branch, lzr_a64_cbz(0, (int32_t)(out->at - to_trap)));
  lzr_emit_32(out, LZR_A64_BRK_1);
}

lzr_error *lzr_aarch64_write_resolver(struct lzr_place place,
                                      const struct lzr_save_area *save,
                                      size_t *size) {
  lzr_error *error = lzr_a64_check_save_area(save);
  if (error)
    return error;
  struct lzr_emitter out = {place.bytes};
  emit_entry(&out, frame_size(save));
  lzr_a64_emit_save(&out, save, Q_OFFSET);
  uint8_t *to_trap = emit_ask(&out);
  lzr_a64_emit_load(&out, save, Q_OFFSET);
  emit_exit(&out, frame_size(save));
  emit_trap(&out, to_trap);
  *size = (size_t)(out.at - place.bytes);
  assert(*size <= lzr_aarch64.resolver_max_size);
  return NULL;
}

/* Unwind information. */

/* At the first byte, the index is on the stack. */
static const uint8_t entry_rules[] = {
    0x0c,
    LZR_A64_SP,
    16, /* DW_CFA_def_cfa: sp + 16 */
};

lzr_error *lzr_aarch64_write_resolver_unwind(struct lzr_place place,
                                             lzr_addr resolver,
                                             size_t resolver_size,
                                             const struct lzr_save_area *save,
                                             size_t *size) {
  lzr_error *error = lzr_a64_check_save_area(save);
  if (error)
    return error;
  const struct lzr_cie cie = {4, LZR_A64_LR, entry_rules, sizeof entry_rules};
  uint32_t frame = frame_size(save);
  uint32_t length = (uint32_t)resolver_size / 4 - BEFORE_FRAME -
                    LZR_A64_FRAME_BEGIN - LZR_A64_FRAME_END - BEHIND_FRAME;
  uint8_t rules[64];
  struct lzr_emitter out = {rules};
  lzr_cfa_advance(&out, BEFORE_FRAME);
  lzr_cfa_def(&out, LZR_A64_SP, 0);
  lzr_a64_emit_frame_begin_rules(&out, frame);
  lzr_cfa_remember(&out);
  lzr_a64_emit_frame_end_rules(&out, frame, length);
  lzr_cfa_advance(&out, 1); /* br */
  lzr_cfa_recall(&out);     /* the trap is reached from inside the frame */
  lzr_eh_frame_write(place, &cie, resolver, resolver_size, rules,
                     (size_t)(out.at - rules), size);
  assert(*size <= lzr_aarch64.resolver_unwind_max_size);
  return NULL;
}
