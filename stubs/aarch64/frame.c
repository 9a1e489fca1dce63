/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/aarch64/frame.h"

#include "stubs/aarch64/encode.h"

void lzr_a64_emit_frame_begin(struct lzr_emitter *out, uint32_t size) {
  lzr_emit_32(out, LZR_A64_PACIASP);
  lzr_emit_32(out, lzr_a64_sub(LZR_A64_SP, LZR_A64_SP, size));
  lzr_emit_32(out, lzr_a64_stp(LZR_A64_FP, LZR_A64_LR, 0));
  lzr_emit_32(out, lzr_a64_add(LZR_A64_FP, LZR_A64_SP, 0));
}

void lzr_a64_emit_frame_end(struct lzr_emitter *out, uint32_t size) {
  lzr_emit_32(out, lzr_a64_ldp(LZR_A64_FP, LZR_A64_LR, 0));
  lzr_emit_32(out, lzr_a64_add(LZR_A64_SP, LZR_A64_SP, size));
  lzr_emit_32(out, LZR_A64_AUTIASP);
}

/* DWARF for the Arm 64-bit architecture (AADWARF64), where x0 to x30 and sp
   have the numbers 0 to 31. From this rule on, the return address is signed;
   from the next one on, it is not. */
#define CFA_NEGATE_RA_STATE 0x2d

static const uint8_t entry_rules[] = {
    0x0c,
    LZR_A64_SP,
    0, /* DW_CFA_def_cfa: sp + 0 */
};

const struct lzr_cie lzr_a64_frame_cie = {4, LZR_A64_LR, entry_rules,
                                          sizeof entry_rules};

void lzr_a64_emit_frame_begin_rules(struct lzr_emitter *out, uint32_t size) {
  lzr_cfa_advance(out, 1);
  lzr_emit_8(out, CFA_NEGATE_RA_STATE);
  lzr_cfa_advance(out, 1);
  lzr_cfa_def(out, LZR_A64_SP, size);
  lzr_cfa_advance(out, 1);
  lzr_cfa_offset(out, LZR_A64_FP, size / 8);
  lzr_cfa_offset(out, LZR_A64_LR, size / 8 - 1);
  lzr_cfa_advance(out, 1);
  lzr_cfa_def(out, LZR_A64_FP, size);
}

void lzr_a64_emit_frame_end_rules(struct lzr_emitter *out, uint32_t size,
                                  uint32_t length) {
  lzr_cfa_advance(out, length + 1);
  lzr_cfa_def(out, LZR_A64_SP, size);
  lzr_cfa_restore(out, LZR_A64_FP);
  lzr_cfa_restore(out, LZR_A64_LR);
  lzr_cfa_advance(out, 1);
  lzr_cfa_def(out, LZR_A64_SP, 0);
  lzr_cfa_advance(out, 1);
  lzr_emit_8(out, CFA_NEGATE_RA_STATE);
}
