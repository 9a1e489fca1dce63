/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/eh_frame.h"

#include <assert.h>

/* DWARF 5, table 7.29; the LSB defines the encoding of pointers. */
enum {
  CFA_ADVANCE_LOC1 = 0x02,
  CFA_ADVANCE_LOC2 = 0x03,
  CFA_REMEMBER_STATE = 0x0a,
  CFA_RESTORE_STATE = 0x0b,
  CFA_DEF_CFA = 0x0c,
  CFA_OFFSET = 0x80,
  CFA_RESTORE = 0xc0,
  CFA_LOW_REGISTERS = 0x40, /* those that fit the opcode's low bits */
  PE_PCREL_SDATA8 = 0x1c
};

static void emit_uleb(struct lzr_emitter *out, uint32_t value) {
  for (; value >= 0x80; value >>= 7)
    lzr_emit_8(out, (uint8_t)(value | 0x80));
  lzr_emit_8(out, (uint8_t)value);
}

void lzr_cfa_def(struct lzr_emitter *out, uint8_t reg, uint32_t offset) {
  lzr_emit_8(out, CFA_DEF_CFA);
  lzr_emit_8(out, reg);
  emit_uleb(out, offset);
}

void lzr_cfa_offset(struct lzr_emitter *out, uint8_t reg, uint32_t words) {
  assert(reg < CFA_LOW_REGISTERS);
  lzr_emit_8(out, CFA_OFFSET | reg);
  emit_uleb(out, words);
}

void lzr_cfa_restore(struct lzr_emitter *out, uint8_t reg) {
  assert(reg < CFA_LOW_REGISTERS);
  lzr_emit_8(out, CFA_RESTORE | reg);
}

void lzr_cfa_remember(struct lzr_emitter *out) {
  lzr_emit_8(out, CFA_REMEMBER_STATE);
}

void lzr_cfa_recall(struct lzr_emitter *out) {
  lzr_emit_8(out, CFA_RESTORE_STATE);
}

void lzr_cfa_advance(struct lzr_emitter *out, uint32_t delta) {
  assert(delta <= UINT16_MAX);
  if (delta <= UINT8_MAX) {
    LZR_EMIT(out, CFA_ADVANCE_LOC1, (uint8_t)delta);
  } else {
    LZR_EMIT(out, CFA_ADVANCE_LOC2, (uint8_t)delta, (uint8_t)(delta >> 8));
  }
}

/* Ends the entry that begins at start: pads it with DW_CFA_nop, which is 0, and
   fills in its length, which does not include the length field. */
static void finish_entry(struct lzr_emitter *out, uint8_t *start) {
  while ((out->at - start) % 8 != 0)
    lzr_emit_8(out, 0);
  struct lzr_emitter length = {start};
  lzr_emit_32(&length, (uint32_t)(out->at - start - 4));
}

static void emit_cie(struct lzr_emitter *out, const struct lzr_cie *cie) {
  uint8_t *start = out->at;
  lzr_emit_32(out, 0);                /* length, filled in later */
  lzr_emit_32(out, 0);                /* this is a CIE */
  LZR_EMIT(out, 1, 'z', 'R', 0);      /* version, augmentation */
  LZR_EMIT(out, cie->code_align,      /* an unsigned LEB128 */
           LZR_CFA_DATA_ALIGN & 0x7f, /* a signed LEB128 */
           cie->return_register);
  LZR_EMIT(out, 1, PE_PCREL_SDATA8); /* augmentation data: 'R' */
  lzr_emit_bytes(out, cie->rules, cie->rule_count);
  finish_entry(out, start);
}

void lzr_eh_frame_write(struct lzr_place place, const struct lzr_cie *cie,
                        lzr_addr code, uint64_t size, const uint8_t *rules,
                        size_t rule_count, size_t *written) {
  struct lzr_emitter out = {place.bytes};
  emit_cie(&out, cie);
  uint8_t *start = out.at;
  lzr_emit_32(&out, 0);                                /* length */
  lzr_emit_32(&out, (uint32_t)(out.at - place.bytes)); /* back to the CIE */
  lzr_emit_64(&out, code - (place.address + (uint64_t)(out.at - place.bytes)));
  lzr_emit_64(&out, size);
  lzr_emit_8(&out, 0); /* no augmentation data */
  lzr_emit_bytes(&out, rules, rule_count);
  finish_entry(&out, start);
  lzr_emit_32(&out, 0); /* the terminator */
  *written = (size_t)(out.at - place.bytes);
}
