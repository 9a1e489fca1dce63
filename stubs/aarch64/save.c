/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/aarch64/save.h"

#include "stubs/aarch64/encode.h"
#include "tpc/base/aarch64/save.h"

#define Q_COUNT 32
#define P_COUNT 16

lzr_error *lzr_a64_check_save_area(const struct lzr_save_area *save) {
  if (save->form == LZR_SAVE_LEAST || save->form == LZR_AARCH64_SVE)
    return NULL;
  return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                          "the target saves registers in form %u, which is "
                          "none of AArch64's that are known here",
                          save->form);
}

uint32_t lzr_a64_frame_size(const struct lzr_save_area *save,
                            uint32_t q_offset) {
  return save->form == LZR_AARCH64_SVE ? q_offset : q_offset + Q_COUNT * 16;
}

static void emit_save_neon(struct lzr_emitter *out, uint32_t q_offset) {
  for (uint32_t i = 0; i < Q_COUNT; i += 2)
    lzr_emit_32(out, lzr_a64_stp_q(i, i + 1, q_offset + i * 16));
}

static void emit_load_neon(struct lzr_emitter *out, uint32_t q_offset) {
  for (uint32_t i = 0; i < Q_COUNT; i += 2)
    lzr_emit_32(out, lzr_a64_ldp_q(i, i + 1, q_offset + i * 16));
}

static void emit_save_sve(struct lzr_emitter *out) {
  lzr_emit_32(out, lzr_a64_addvl_sp(-Q_COUNT));
  for (uint32_t i = 0; i < Q_COUNT; i++)
    lzr_emit_32(out, lzr_a64_str_z(i));
  lzr_emit_32(out, lzr_a64_addpl_sp(-P_COUNT));
  for (uint32_t i = 0; i < P_COUNT; i++)
    lzr_emit_32(out, lzr_a64_str_p(i));
}

static void emit_load_sve(struct lzr_emitter *out) {
  for (uint32_t i = 0; i < P_COUNT; i++)
    lzr_emit_32(out, lzr_a64_ldr_p(i));
  lzr_emit_32(out, lzr_a64_addpl_sp(P_COUNT));
  for (uint32_t i = 0; i < Q_COUNT; i++)
    lzr_emit_32(out, lzr_a64_ldr_z(i));
  lzr_emit_32(out, lzr_a64_add(LZR_A64_SP, LZR_A64_FP, 0));
}

void lzr_a64_emit_save(struct lzr_emitter *out,
                       const struct lzr_save_area *save, uint32_t q_offset) {
  if (save->form == LZR_AARCH64_SVE)
    emit_save_sve(out);
  else
    emit_save_neon(out, q_offset);
}

void lzr_a64_emit_load(struct lzr_emitter *out,
                       const struct lzr_save_area *save, uint32_t q_offset) {
  if (save->form == LZR_AARCH64_SVE)
    emit_load_sve(out);
  else
    emit_load_neon(out, q_offset);
}
