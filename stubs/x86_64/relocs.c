/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * x86-64 relocations (System V ABI, AMD64 supplement, table "Relocation
 * Types").
 */
#include "stubs/x86_64/x86_64.h"

#include <elf.h>
#include <string.h>

/* Loads with a longer prefix, for APX. Many elf.h are older than these. */
#ifndef R_X86_64_CODE_4_GOTPCRELX
#define R_X86_64_CODE_4_GOTPCRELX 43
#define R_X86_64_CODE_4_GOTTPOFF 44
#endif
#ifndef R_X86_64_CODE_5_GOTPCRELX
#define R_X86_64_CODE_5_GOTPCRELX 46
#define R_X86_64_CODE_5_GOTTPOFF 47
#define R_X86_64_CODE_6_GOTPCRELX 49
#define R_X86_64_CODE_6_GOTTPOFF 50
#endif

/* The CPU sign-extends a field S and zero-extends a field U when it reads it.
   How X is read is not known, so values that fit either way are accepted. */
enum field {
  FIELD_64,
  FIELD_U32,
  FIELD_S32,
  FIELD_X16,
  FIELD_S16,
  FIELD_X8,
  FIELD_S8
};

#define ROW(type, expression, into, bytes)                                     \
  [R_X86_64_##type] = {                                                        \
      .expr = LZR_EXPR_##expression, .field = FIELD_##into, .size = bytes}

static const struct lzr_reloc_row rows[] = {
    [R_X86_64_NONE] = {.expr = LZR_EXPR_NONE},
    ROW(64, S_A, 64, 8),
    ROW(32, S_A, U32, 4),
    ROW(32S, S_A, S32, 4),
    ROW(16, S_A, X16, 2),
    ROW(8, S_A, X8, 1),

    ROW(PC64, S_A_P, 64, 8),
    ROW(PC32, S_A_P, S32, 4),
    ROW(PC16, S_A_P, S16, 2),
    ROW(PC8, S_A_P, S8, 1),
    ROW(PLT32, CALL, S32, 4),

    ROW(GOTPCREL, GOT, S32, 4),
    ROW(GOTPCRELX, GOT, S32, 4),
    ROW(REX_GOTPCRELX, GOT, S32, 4),
    ROW(CODE_4_GOTPCRELX, GOT, S32, 4),
    ROW(CODE_5_GOTPCRELX, GOT, S32, 4),
    ROW(CODE_6_GOTPCRELX, GOT, S32, 4),
    ROW(GOTPCREL64, GOT, 64, 8),
    ROW(GOT32, GOT_REL, S32, 4),
    ROW(GOT64, GOT_REL, 64, 8),
    ROW(GOTOFF64, GOTOFF, 64, 8),
    ROW(PLTOFF64, GOTOFF, 64, 8), /* 64 bits reach S without a PLT entry */
    ROW(GOTPC32, GOTPC, S32, 4),
    ROW(GOTPC64, GOTPC, 64, 8),

    ROW(SIZE32, SIZE, U32, 4),
    ROW(SIZE64, SIZE, 64, 8),

    ROW(TLSGD, TLSGD, S32, 4),
    ROW(TLSLD, TLSLD, S32, 4),
    ROW(DTPOFF32, DTPOFF, S32, 4),
    ROW(DTPOFF64, DTPOFF, 64, 8),
    ROW(GOTTPOFF, TPOFF_GOT, S32, 4),
    ROW(CODE_4_GOTTPOFF, TPOFF_GOT, S32, 4),
    ROW(CODE_5_GOTTPOFF, TPOFF_GOT, S32, 4),
    ROW(CODE_6_GOTTPOFF, TPOFF_GOT, S32, 4),
    ROW(TPOFF32, TPOFF, S32, 4),
    ROW(TPOFF64, TPOFF, 64, 8),
};

const struct lzr_reloc_row *lzr_x86_64_find_reloc(uint32_t type) {
  if (type >= sizeof rows / sizeof *rows || !rows[type].expr)
    return NULL;
  return &rows[type];
}

/* call *d32(%rip) is ff 15, jmp *d32(%rip) is ff 25. GOTPCRELX differs from
   GOTPCREL only in what a linker may rewrite. */
bool lzr_x86_64_is_got_call(const uint8_t *bytes, size_t size, size_t offset,
                            uint32_t type) {
  if (type != R_X86_64_GOTPCREL && type != R_X86_64_GOTPCRELX)
    return false;
  if (offset < 2 || offset > size)
    return false;
  const uint8_t *opcode = bytes + offset - 2;
  return opcode[0] == 0xff && (opcode[1] == 0x15 || opcode[1] == 0x25);
}

/* jmp d32 is e9, jcc d32 is 0f 80 to 0f 8f. In front of any other 32-bit
   displacement from rip there is a mod-reg-r/m byte, which is none of these. */
bool lzr_x86_64_is_jump(const uint8_t *bytes, size_t size, size_t offset,
                        uint32_t type) {
  if (type != R_X86_64_PLT32 && type != R_X86_64_PC32)
    return false;
  if (offset < 1 || offset > size)
    return false;
  if (bytes[offset - 1] == 0xe9)
    return true;
  return offset >= 2 && bytes[offset - 2] == 0x0f &&
         (bytes[offset - 1] & 0xf0) == 0x80;
}

/* lea d32(%rip), reg is 8d, a mod-reg-r/m byte with mod 0 and r/m 5, and a
   displacement that counts from the next instruction. Bytes that only look like
   it do no harm. */
bool lzr_x86_64_next_address(const uint8_t *bytes, size_t size, size_t *offset,
                             uint64_t *place) {
  enum { LENGTH = 6 };
  while (*offset < size && size - *offset >= LENGTH) {
    const uint8_t *found =
        memchr(bytes + *offset, 0x8d, size - *offset - LENGTH + 1);
    if (!found)
      break;
    *offset = (size_t)(found - bytes) + 1;
    if ((found[1] & 0xc7) != 0x05)
      continue;
    uint32_t displacement = found[2] | (uint32_t)found[3] << 8 |
                            (uint32_t)found[4] << 16 | (uint32_t)found[5] << 24;
    *place = *offset - 1 + LENGTH + (uint64_t)(int32_t)displacement;
    return true;
  }
  return false;
}

static bool fits_signed(uint64_t value, unsigned bits) {
  uint64_t half = UINT64_C(1) << (bits - 1);
  return value + half < 2 * half;
}

static bool fits_unsigned(uint64_t value, unsigned bits) {
  return value >> bits == 0;
}

static bool fits(enum field field, uint64_t value) {
  switch (field) {
  case FIELD_64:
    return true;
  case FIELD_U32:
    return fits_unsigned(value, 32);
  case FIELD_S32:
    return fits_signed(value, 32);
  case FIELD_X16:
    return fits_signed(value, 16) || fits_unsigned(value, 16);
  case FIELD_S16:
    return fits_signed(value, 16);
  case FIELD_X8:
    return fits_signed(value, 8) || fits_unsigned(value, 8);
  case FIELD_S8:
    return fits_signed(value, 8);
  }
  return false;
}

lzr_error *lzr_x86_64_write_field(struct lzr_place place, size_t available,
                                  const struct lzr_reloc_row *row,
                                  uint64_t value) {
  (void)available; /* no field is longer than its row says */
  if (!fits((enum field)row->field, value))
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%#llx at %#llx does not fit %u bits",
                            (unsigned long long)value,
                            (unsigned long long)place.address, row->size * 8u);
  for (unsigned i = 0; i < row->size; i++)
    place.bytes[i] = (uint8_t)(value >> (8 * i));
  return NULL;
}
