/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64 relocations (ELF for the Arm 64-bit Architecture, chapter 5.7).
 */
#include "stubs/aarch64/aarch64.h"

#include <elf.h>

#ifndef R_AARCH64_PLT32
#define R_AARCH64_PLT32 314
#define R_AARCH64_GOTPCREL32 315
#endif

/* How a field holds its value. A data field holds all of it, an instruction's
   field a run of its bits. */
enum kind {
  KIND_DATA,
  KIND_IMMEDIATE,
  KIND_SPLIT /* adr and adrp: two low bits at 29, the others at 5 */
};

/* Which values are in range. */
enum range { RANGE_ANY, RANGE_SIGNED, RANGE_UNSIGNED, RANGE_EITHER };

struct field {
  uint8_t kind;
  uint8_t range; /* of the value, before it is shifted */
  uint8_t bits;  /* of that range */
  uint8_t shift; /* low bits of the value that the field leaves out */
  uint8_t align; /* low bits of the value that must be zero */
  uint8_t width; /* bits in the instruction */
  uint8_t at;    /* the lowest of them */
};

enum {
  FIELD_64,
  FIELD_X32,
  FIELD_S32,
  FIELD_X16,
  FIELD_B26,
  FIELD_B19,
  FIELD_B14,
  FIELD_ADR,
  FIELD_ADRP,
  FIELD_ADRP_NC,
  FIELD_LO12,
  FIELD_LO12_2,
  FIELD_LO12_4,
  FIELD_LO12_8,
  FIELD_LO12_16,
  FIELD_LO15_8,
  FIELD_MOVW0,
  FIELD_MOVW0_NC,
  FIELD_MOVW1,
  FIELD_MOVW1_NC,
  FIELD_MOVW2,
  FIELD_MOVW2_NC,
  FIELD_MOVW3
};

#define DATA(range, bits) {KIND_DATA, RANGE_##range, bits, 0, 0, bits, 0}
#define BRANCH(range, width)                                                   \
  {KIND_IMMEDIATE, RANGE_SIGNED, range, 2, 2, width, 5}
/* The low 12 bits, counted in units of 1 << log2 bytes. */
#define LOW12(log2) {KIND_IMMEDIATE, RANGE_ANY, 0, log2, log2, 12 - (log2), 10}
#define MOVW(range, bits, shift)                                               \
  {KIND_IMMEDIATE, RANGE_##range, bits, shift, 0, 16, 5}

static const struct field fields[] = {
    [FIELD_64] = DATA(ANY, 64),
    [FIELD_X32] = DATA(EITHER, 32),
    [FIELD_S32] = DATA(SIGNED, 32),
    [FIELD_X16] = DATA(EITHER, 16),
    [FIELD_B26] = {KIND_IMMEDIATE, RANGE_SIGNED, 28, 2, 2, 26, 0},
    [FIELD_B19] = BRANCH(21, 19),
    [FIELD_B14] = BRANCH(16, 14),
    [FIELD_ADR] = {KIND_SPLIT, RANGE_SIGNED, 21, 0, 0, 21, 0},
    [FIELD_ADRP] = {KIND_SPLIT, RANGE_SIGNED, 33, 12, 12, 21, 0},
    [FIELD_ADRP_NC] = {KIND_SPLIT, RANGE_ANY, 0, 12, 12, 21, 0},
    [FIELD_LO12] = LOW12(0),
    [FIELD_LO12_2] = LOW12(1),
    [FIELD_LO12_4] = LOW12(2),
    [FIELD_LO12_8] = LOW12(3),
    [FIELD_LO12_16] = LOW12(4),
    [FIELD_LO15_8] = {KIND_IMMEDIATE, RANGE_UNSIGNED, 15, 3, 3, 12, 10},
    [FIELD_MOVW0] = MOVW(UNSIGNED, 16, 0),
    [FIELD_MOVW0_NC] = MOVW(ANY, 0, 0),
    [FIELD_MOVW1] = MOVW(UNSIGNED, 32, 16),
    [FIELD_MOVW1_NC] = MOVW(ANY, 0, 16),
    [FIELD_MOVW2] = MOVW(UNSIGNED, 48, 32),
    [FIELD_MOVW2_NC] = MOVW(ANY, 0, 32),
    [FIELD_MOVW3] = MOVW(ANY, 0, 48),
};

/* Every instruction is 4 bytes. */
#define ROW(type, expression, into, bytes)                                     \
  [R_AARCH64_##type] = {                                                       \
      .expr = LZR_EXPR_##expression, .field = FIELD_##into, .size = bytes}

static const struct lzr_reloc_row rows[] = {
    [R_AARCH64_NONE] = {.expr = LZR_EXPR_NONE},
    [256] = {.expr = LZR_EXPR_NONE}, /* NONE's number in older objects */
    ROW(ABS64, S_A, 64, 8),
    ROW(ABS32, S_A, X32, 4),
    ROW(ABS16, S_A, X16, 2),
    ROW(PREL64, S_A_P, 64, 8),
    ROW(PREL32, S_A_P, X32, 4),
    ROW(PREL16, S_A_P, X16, 2),

    ROW(CALL26, CALL, B26, 4),
    ROW(JUMP26, CALL, B26, 4),
    ROW(PLT32, CALL, S32, 4),
    ROW(CONDBR19, S_A_P, B19, 4),
    ROW(TSTBR14, S_A_P, B14, 4),

    ROW(LD_PREL_LO19, S_A_P, B19, 4),
    ROW(ADR_PREL_LO21, S_A_P, ADR, 4),
    ROW(ADR_PREL_PG_HI21, PAGE, ADRP, 4),
    ROW(ADR_PREL_PG_HI21_NC, PAGE, ADRP_NC, 4),
    ROW(ADD_ABS_LO12_NC, S_A, LO12, 4),
    ROW(LDST8_ABS_LO12_NC, S_A, LO12, 4),
    ROW(LDST16_ABS_LO12_NC, S_A, LO12_2, 4),
    ROW(LDST32_ABS_LO12_NC, S_A, LO12_4, 4),
    ROW(LDST64_ABS_LO12_NC, S_A, LO12_8, 4),
    ROW(LDST128_ABS_LO12_NC, S_A, LO12_16, 4),

    ROW(MOVW_UABS_G0, S_A, MOVW0, 4),
    ROW(MOVW_UABS_G0_NC, S_A, MOVW0_NC, 4),
    ROW(MOVW_UABS_G1, S_A, MOVW1, 4),
    ROW(MOVW_UABS_G1_NC, S_A, MOVW1_NC, 4),
    ROW(MOVW_UABS_G2, S_A, MOVW2, 4),
    ROW(MOVW_UABS_G2_NC, S_A, MOVW2_NC, 4),
    ROW(MOVW_UABS_G3, S_A, MOVW3, 4),

    ROW(ADR_GOT_PAGE, GOT_PAGE, ADRP, 4),
    ROW(LD64_GOT_LO12_NC, GOT_LOW, LO12_8, 4),
    ROW(LD64_GOTPAGE_LO15, GOT_PAGE_REL, LO15_8, 4),
    ROW(GOTPCREL32, GOT, S32, 4),
    ROW(GOTREL64, GOTOFF, 64, 8),

    ROW(TLSIE_ADR_GOTTPREL_PAGE21, TPOFF_GOT, ADRP, 4),
    ROW(TLSIE_LD64_GOTTPREL_LO12_NC, TPOFF_GOT, LO12_8, 4),
    ROW(TLSLE_ADD_TPREL_HI12, TPOFF, LO12, 4),
    ROW(TLSLE_ADD_TPREL_LO12, TPOFF, LO12, 4),
    ROW(TLSLE_ADD_TPREL_LO12_NC, TPOFF, LO12, 4),
    ROW(TLSDESC_ADR_PAGE21, TLSDESC_PAGE, ADRP, 4),
    ROW(TLSDESC_LD64_LO12, TLSDESC_LOW, LO12_8, 4),
    ROW(TLSDESC_ADD_LO12, TLSDESC_LOW, LO12, 4),
    ROW(TLSDESC_CALL, NONE, 64, 0), /* marks the blr */
};

const struct lzr_reloc_row *lzr_aarch64_find_reloc(uint32_t type) {
  if (type >= sizeof rows / sizeof *rows || !rows[type].expr)
    return NULL;
  return &rows[type];
}

/* adrp and ldr load a GOT word in the same way for a call and for an address,
   so nothing around the relocation tells them apart. */
bool lzr_aarch64_is_got_call(const uint8_t *bytes, size_t size, size_t offset,
                             uint32_t type) {
  (void)bytes, (void)size, (void)offset, (void)type;
  return false;
}

bool lzr_aarch64_is_jump(const uint8_t *bytes, size_t size, size_t offset,
                         uint32_t type) {
  (void)bytes, (void)size, (void)offset;
  return type == R_AARCH64_JUMP26 || type == R_AARCH64_CONDBR19 ||
         type == R_AARCH64_TSTBR14;
}

static uint64_t low_bits(unsigned count) {
  return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

/* For ranges that are checked, bits is below 64. */
static bool in_range(const struct field *field, uint64_t value) {
  uint64_t half = field->bits ? UINT64_C(1) << (field->bits - 1) : 0;
  bool as_signed = value + half <= low_bits(field->bits);
  bool as_unsigned = value <= low_bits(field->bits);
  switch ((enum range)field->range) {
  case RANGE_ANY:
    return true;
  case RANGE_SIGNED:
    return as_signed;
  case RANGE_UNSIGNED:
    return as_unsigned;
  case RANGE_EITHER:
    return as_signed || as_unsigned;
  }
  return false;
}

static lzr_error *check(const struct field *field, lzr_addr address,
                        uint64_t value) {
  if (!in_range(field, value))
    return lzr_error_create(
        LZR_ERROR_LIMIT, "%#llx at %#llx does not fit %u bits",
        (unsigned long long)value, (unsigned long long)address, field->bits);
  if (value & low_bits(field->align))
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%#llx at %#llx is not a multiple of %u",
                            (unsigned long long)value,
                            (unsigned long long)address, 1u << field->align);
  return NULL;
}

static void store(uint8_t *bytes, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; i++)
    bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t load_instruction(const uint8_t *bytes) {
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

/* The instruction is adr. adrp always has a relocation, because the page of the
   code is not known before linking. */
bool lzr_aarch64_next_address(const uint8_t *bytes, size_t size, size_t *offset,
                              uint64_t *place) {
  while (*offset < size && size - *offset >= 4) {
    size_t at = *offset;
    uint32_t instruction = load_instruction(bytes + at);
    *offset += 4;
    if ((instruction & 0x9f000000) != 0x10000000)
      continue;
    uint32_t low = instruction >> 29 & 3, high = instruction >> 5 & 0x7ffff;
    uint64_t distance = (uint64_t)high << 2 | low;
    if (high & 0x40000)
      distance -= UINT64_C(1) << 21;
    *place = at + distance;
    return true;
  }
  return false;
}

/* Computes the field's bits at their place in the instruction, and which of the
   instruction's bits they replace. */
static void encode(const struct field *field, uint64_t value, uint32_t *bits,
                   uint32_t *mask) {
  uint32_t immediate =
      (uint32_t)((value >> field->shift) & low_bits(field->width));
  if (field->kind == KIND_SPLIT) {
    *bits = (immediate & 3) << 29 | (immediate >> 2) << 5;
    *mask = UINT32_C(3) << 29 | UINT32_C(0x7ffff) << 5;
  } else {
    *bits = immediate << field->at;
    *mask = (uint32_t)low_bits(field->width) << field->at;
  }
}

lzr_error *lzr_aarch64_write_field(struct lzr_place place, size_t available,
                                   const struct lzr_reloc_row *row,
                                   uint64_t value) {
  (void)available; /* no field is longer than its row says */
  const struct field *field = &fields[row->field];
  lzr_error *error = check(field, place.address, value);
  if (error)
    return error;
  if (field->kind == KIND_DATA) {
    store(place.bytes, value, row->size);
    return NULL;
  }
  uint32_t bits, mask;
  encode(field, value, &bits, &mask);
  store(place.bytes, (load_instruction(place.bytes) & ~mask) | bits, 4);
  return NULL;
}
