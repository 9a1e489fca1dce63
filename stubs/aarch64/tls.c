/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The function of TLS descriptors. Code that uses a thread-local variable has
 *
 *    adrp x0,descriptor
 *    ldr  x1,[x0,#rest]        its first word: this function
 *    add  x0,x0,#rest
 *    blr  x1                   x0 is now the offset from the thread pointer
 *
 * and expects that nothing else changes but x1, x30 and the flags (ELF for the
 * Arm 64-bit Architecture, "Thread-local storage"). The address comes from the
 * target's tls_get_addr, a C function. The frame:
 *
 *    [x29,#0]     x29, x30 (signed)
 *    [x29,#16]    x2-x17
 *    [x29,#144]   x18
 *    [x29,#160]   q0-q31, or SVE's registers below x29
 */
#include <assert.h>

#include "stubs/aarch64/aarch64.h"
#include "stubs/aarch64/encode.h"
#include "stubs/aarch64/frame.h"
#include "stubs/aarch64/save.h"

/* Offsets in the descriptor, in bytes: tls_get_addr, and its argument. */
enum { GET_ADDR_OFFSET = 8, ENTRY_OFFSET = 16 };

enum {
  X_OFFSET = 16,
  FIRST_X = 2,
  X_COUNT = 16,
  X18_OFFSET = X_OFFSET + X_COUNT * 8,
  Q_OFFSET = X18_OFFSET + 16
};

static void emit_begin(struct lzr_emitter *out, uint32_t frame) {
  lzr_a64_emit_frame_begin(out, frame);
  for (uint32_t i = 0; i < X_COUNT; i += 2)
    lzr_emit_32(out,
                lzr_a64_stp(FIRST_X + i, FIRST_X + i + 1, X_OFFSET + i * 8));
  lzr_emit_32(out, lzr_a64_stp(LZR_A64_X18, LZR_A64_X18, X18_OFFSET));
}

static void emit_ask(struct lzr_emitter *out) {
  lzr_emit_32(out, lzr_a64_ldr(LZR_A64_X17, 0, GET_ADDR_OFFSET));
  lzr_emit_32(out, lzr_a64_add(0, 0, ENTRY_OFFSET));
  lzr_emit_32(out, lzr_a64_blr(LZR_A64_X17));
  lzr_emit_32(out, lzr_a64_mrs_tpidr(1));
  lzr_emit_32(out, lzr_a64_sub_x(0, 0, 1));
}

static void emit_end(struct lzr_emitter *out, uint32_t frame) {
  for (uint32_t i = 0; i < X_COUNT; i += 2)
    lzr_emit_32(out,
                lzr_a64_ldp(FIRST_X + i, FIRST_X + i + 1, X_OFFSET + i * 8));
  lzr_emit_32(out, lzr_a64_ldr(LZR_A64_X18, LZR_A64_SP, X18_OFFSET));
  lzr_a64_emit_frame_end(out, frame);
  lzr_emit_32(out, LZR_A64_RET);
}

lzr_error *lzr_aarch64_write_tls_descriptor(struct lzr_place place,
                                            const struct lzr_save_area *save,
                                            size_t *size) {
  lzr_error *error = lzr_a64_check_save_area(save);
  if (error)
    return error;
  uint32_t frame = lzr_a64_frame_size(save, Q_OFFSET);
  struct lzr_emitter out = {place.bytes};
  emit_begin(&out, frame);
  lzr_a64_emit_save(&out, save, Q_OFFSET);
  emit_ask(&out);
  lzr_a64_emit_load(&out, save, Q_OFFSET);
  emit_end(&out, frame);
  *size = (size_t)(out.at - place.bytes);
  assert(*size <= lzr_aarch64.tls_descriptor_max_size);
  return NULL;
}

lzr_error *lzr_aarch64_write_tls_descriptor_unwind(
    struct lzr_place place, lzr_addr code, size_t code_size,
    const struct lzr_save_area *save, size_t *size) {
  lzr_error *error = lzr_a64_check_save_area(save);
  if (error)
    return error;
  uint32_t frame = lzr_a64_frame_size(save, Q_OFFSET);
  uint32_t length = (uint32_t)code_size / 4 - LZR_A64_FRAME_BEGIN -
                    LZR_A64_FRAME_END - 1 /* ret */;
  uint8_t rules[64];
  struct lzr_emitter out = {rules};
  lzr_a64_emit_frame_begin_rules(&out, frame);
  lzr_a64_emit_frame_end_rules(&out, frame, length);
  lzr_eh_frame_write(place, &lzr_a64_frame_cie, code, code_size, rules,
                     (size_t)(out.at - rules), size);
  assert(*size <= lzr_aarch64.tls_descriptor_unwind_max_size);
  return NULL;
}
