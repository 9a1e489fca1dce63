/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes AArch64 instructions, one a call, with the fields that the Arm
 * Architecture Reference Manual (DDI 0487, C6 and C7) gives them. Registers are
 * the CPU's numbers; which kind 31 is depends on the instruction.
 * tests/runtime/baseline/aarch64/encode_test.c disassembles what it writes.
 */
#ifndef LZR_BASELINE_AARCH64_ENCODE_H
#define LZR_BASELINE_AARCH64_ENCODE_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/generator/place.h"

/* The generator's numbers of registers: x0 to x15, then v0 to v7 and v16 to
   v23, which a call may change. */
enum {
  LZR_A64_X0,
  LZR_A64_X8 = 8,
  LZR_A64_X15 = 15,
  LZR_A64_V0 = LZR_GEN_FLOATING,
  /* Others, as bases of operands in memory and for help. x16 has addresses that
     one operand cannot express, x17 constants. */
  LZR_A64_OTHER = 64,
  LZR_A64_X16 = LZR_A64_OTHER + 16,
  LZR_A64_X17,
  LZR_A64_FP = LZR_A64_OTHER + 29,
  LZR_A64_LR,
  LZR_A64_SP
};

/* The CPU's numbers of those that have no other number. */
enum { LZR_A64_IP0 = 16, LZR_A64_IP1 = 17, LZR_A64_ZERO = 31 };

/* The CPU's number of one of the generator's registers. */
static inline unsigned lzr_a64_number(unsigned reg) {
  if (reg >= LZR_A64_OTHER)
    return reg - LZR_A64_OTHER;
  if (!lzr_gen_is_floating(reg))
    return reg;
  unsigned v = reg - LZR_A64_V0;
  return v < 8 ? v : v + 8;
}

enum lzr_a64_condition {
  LZR_A64_EQ,
  LZR_A64_NE,
  LZR_A64_HS,
  LZR_A64_LO,
  LZR_A64_MI,
  LZR_A64_PL,
  LZR_A64_VS,
  LZR_A64_VC,
  LZR_A64_HI,
  LZR_A64_LS,
  LZR_A64_GE,
  LZR_A64_LT,
  LZR_A64_GT,
  LZR_A64_LE
};

/* rd = rn op rm. Most have a form of 64 bits, which the highest bit selects. */
enum lzr_a64_operation {
  LZR_A64_ADD = 0x0b000000,
  LZR_A64_ADDS = 0x2b000000,
  LZR_A64_SUB = 0x4b000000,
  LZR_A64_SUBS = 0x6b000000,
  LZR_A64_AND = 0x0a000000,
  LZR_A64_ORR = 0x2a000000,
  LZR_A64_ORN = 0x2a200000,
  LZR_A64_EOR = 0x4a000000,
  LZR_A64_MUL = 0x1b007c00,
  LZR_A64_UDIV = 0x1ac00800,
  LZR_A64_SDIV = 0x1ac00c00,
  LZR_A64_LSLV = 0x1ac02000,
  LZR_A64_LSRV = 0x1ac02400,
  LZR_A64_ASRV = 0x1ac02800
};

/* Always of 64 bits. */
#define LZR_A64_UMULH UINT32_C(0x9bc07c00)
#define LZR_A64_SMULH UINT32_C(0x9b407c00)

/* rd = op rn */
enum lzr_a64_unary {
  LZR_A64_RBIT = 0x5ac00000,
  LZR_A64_REV16 = 0x5ac00400,
  LZR_A64_REV32 = 0x5ac00800, /* of 64 bits it is REV_64 */
  LZR_A64_CLZ = 0x5ac01000
};
#define LZR_A64_REV64 UINT32_C(0xdac00c00)

/* With an immediate operand of 12 bits, which may be shifted by 12. */
enum lzr_a64_immediate {
  LZR_A64_ADD_IMM = 0x11000000,
  LZR_A64_ADDS_IMM = 0x31000000,
  LZR_A64_SUB_IMM = 0x51000000,
  LZR_A64_SUBS_IMM = 0x71000000
};

/* Floating point: of float, with this bit of double. */
enum lzr_a64_floating {
  LZR_A64_DOUBLE = 1 << 22,
  LZR_A64_FMUL = 0x1e200800,
  LZR_A64_FDIV = 0x1e201800,
  LZR_A64_FADD = 0x1e202800,
  LZR_A64_FSUB = 0x1e203800,
  LZR_A64_FMOV = 0x1e204000,
  LZR_A64_FABS = 0x1e20c000,
  LZR_A64_FNEG = 0x1e214000,
  LZR_A64_FSQRT = 0x1e21c000,
  LZR_A64_FCMP = 0x1e202000,
  LZR_A64_TO_DOUBLE = 0x1e22c000, /* from float */
  LZR_A64_TO_FLOAT = 0x1e624000,  /* from double */
  LZR_A64_FCVTZS = 0x1e380000,    /* to a general register */
  LZR_A64_FCVTZU = 0x1e390000,
  LZR_A64_SCVTF = 0x1e220000, /* from a general register */
  LZR_A64_UCVTF = 0x1e230000,
  LZR_A64_FMOV_FROM = 0x1e260000, /* to a general register */
  LZR_A64_FMOV_TO = 0x1e270000    /* from a general register */
};

static inline void lzr_a64_word(struct lzr_machine_code *code, uint32_t word) {
  lzr_code_want(code);
  lzr_code_put_number(code, word, 4);
}

/* The bit of 64-bit operands. */
static inline uint32_t lzr_a64_wide(unsigned size) {
  return size == 8 ? UINT32_C(1) << 31 : 0;
}

/* size is the operands' in bytes, 4 or 8. */
static inline void lzr_a64_combine(struct lzr_machine_code *code,
                                   uint32_t operation, unsigned size,
                                   unsigned rd, unsigned rn, unsigned rm) {
  lzr_a64_word(code, operation | lzr_a64_wide(size) | rm << 16 | rn << 5 | rd);
}

/* rm << distance, for sums and logic. */
static inline void lzr_a64_combine_shifted(struct lzr_machine_code *code,
                                           uint32_t operation, unsigned rd,
                                           unsigned rn, unsigned rm,
                                           unsigned distance) {
  lzr_a64_combine(code, operation | distance << 10, 8, rd, rn, rm);
}

static inline void lzr_a64_unary(struct lzr_machine_code *code,
                                 uint32_t operation, unsigned size, unsigned rd,
                                 unsigned rn) {
  lzr_a64_word(code, operation | lzr_a64_wide(size) | rn << 5 | rd);
}

/* number: 0 to 4095; 31 is sp, but for the result of those that set flags */
static inline void lzr_a64_immediate(struct lzr_machine_code *code,
                                     uint32_t operation, unsigned size,
                                     unsigned rd, unsigned rn, uint32_t number,
                                     bool shifted) {
  lzr_a64_word(code, operation | lzr_a64_wide(size) | (uint32_t)shifted << 22 |
                         number << 10 | rn << 5 | rd);
}

/* rd = rn * rm - or + ra */
static inline void lzr_a64_multiply_subtract(struct lzr_machine_code *code,
                                             unsigned size, unsigned rd,
                                             unsigned rn, unsigned rm,
                                             unsigned ra) {
  lzr_a64_word(code, UINT32_C(0x1b008000) | lzr_a64_wide(size) | rm << 16 |
                         ra << 10 | rn << 5 | rd);
}

/* Takes bits immr to imms of rn, or puts its low bits there: UBFM and SBFM. */
static inline void lzr_a64_bits(struct lzr_machine_code *code, bool is_signed,
                                unsigned size, unsigned rd, unsigned rn,
                                unsigned immr, unsigned imms) {
  uint32_t operation = is_signed ? UINT32_C(0x13000000) : UINT32_C(0x53000000);
  uint32_t wide = size == 8 ? UINT32_C(0x80400000) : 0;
  lzr_a64_word(code, operation | wide | immr << 16 | imms << 10 | rn << 5 | rd);
}

static inline void lzr_a64_shift_left(struct lzr_machine_code *code,
                                      unsigned size, unsigned rd, unsigned rn,
                                      unsigned distance) {
  unsigned width = size * 8;
  lzr_a64_bits(code, false, size, rd, rn, (width - distance) % width,
               width - 1 - distance);
}

static inline void lzr_a64_shift_right(struct lzr_machine_code *code,
                                       bool is_signed, unsigned size,
                                       unsigned rd, unsigned rn,
                                       unsigned distance) {
  lzr_a64_bits(code, is_signed, size, rd, rn, distance, size * 8 - 1);
}

/* rd = the lower bits of rn:rm >> distance */
static inline void lzr_a64_extract(struct lzr_machine_code *code, unsigned size,
                                   unsigned rd, unsigned rn, unsigned rm,
                                   unsigned distance) {
  uint32_t wide = size == 8 ? UINT32_C(0x80400000) : 0;
  lzr_a64_word(code, UINT32_C(0x13800000) | wide | rm << 16 | distance << 10 |
                         rn << 5 | rd);
}

/* rd = condition ? rn : rm; with increment rm + 1 */
static inline void lzr_a64_select(struct lzr_machine_code *code, unsigned size,
                                  unsigned rd, unsigned rn, unsigned rm,
                                  unsigned condition, bool increment) {
  lzr_a64_word(code, UINT32_C(0x1a800000) | lzr_a64_wide(size) |
                         (uint32_t)increment << 10 | rm << 16 |
                         condition << 12 | rn << 5 | rd);
}

/* rd = condition ? 1 : 0 */
static inline void lzr_a64_set_if(struct lzr_machine_code *code, unsigned rd,
                                  unsigned condition) {
  lzr_a64_select(code, 4, rd, LZR_A64_ZERO, LZR_A64_ZERO, condition ^ 1, true);
}

/* Floating point with two operands, rm 0 for those with one. */
static inline void lzr_a64_float(struct lzr_machine_code *code,
                                 uint32_t operation, bool is_double,
                                 unsigned rd, unsigned rn, unsigned rm) {
  lzr_a64_word(code, operation | (is_double ? LZR_A64_DOUBLE : 0u) | rm << 16 |
                         rn << 5 | rd);
}

/* Between general registers of size and those of floating point. */
static inline void lzr_a64_cross(struct lzr_machine_code *code,
                                 uint32_t operation, unsigned size,
                                 bool is_double, unsigned rd, unsigned rn) {
  lzr_a64_float(code, operation | lzr_a64_wide(size), is_double, rd, rn, 0);
}

static inline void lzr_a64_select_float(struct lzr_machine_code *code,
                                        bool is_double, unsigned rd,
                                        unsigned rn, unsigned rm,
                                        unsigned condition) {
  lzr_a64_float(code, UINT32_C(0x1e200c00) | condition << 12, is_double, rd, rn,
                rm);
}

/* Loads and stores. operation has size and kind; see lzr_a64_access(). */
static inline uint32_t lzr_a64_access(unsigned size, bool is_floating,
                                      bool loads) {
  unsigned log2 = (unsigned)__builtin_ctz(size);
  uint32_t kind = loads ? 1 : 0;
  if (size == 16) {
    log2 = 0;
    kind += 2;
  }
  return log2 << 30 | UINT32_C(0x38000000) | (uint32_t)is_floating << 26 |
         kind << 22;
}

#define LZR_A64_LDRSW UINT32_C(0xb8800000)

/* [rn, #offset]; offset: a multiple of size, 0 to 4095 times size */
static inline void lzr_a64_at_offset(struct lzr_machine_code *code,
                                     uint32_t access, unsigned size,
                                     unsigned rt, unsigned rn,
                                     uint32_t offset) {
  lzr_a64_word(code, access | 1 << 24 | offset / size << 10 | rn << 5 | rt);
}

/* The same, unscaled; offset: -256 to 255 */
static inline void lzr_a64_near(struct lzr_machine_code *code, uint32_t access,
                                unsigned rt, unsigned rn, int32_t offset) {
  lzr_a64_word(code, access | ((uint32_t)offset & 0x1ff) << 12 | rn << 5 | rt);
}

/* [rn, rm], or with scaled rm times size */
static inline void lzr_a64_at_index(struct lzr_machine_code *code,
                                    uint32_t access, unsigned rt, unsigned rn,
                                    unsigned rm, bool scaled) {
  lzr_a64_word(code, access | 1 << 21 | rm << 16 | UINT32_C(0x6800) |
                         (uint32_t)scaled << 12 | rn << 5 | rt);
}

/* Atomic ones, whose address is in rn; size 1 to 8. */
static inline uint32_t lzr_a64_log2(unsigned size) {
  return (uint32_t)__builtin_ctz(size) << 30;
}

static inline void lzr_a64_load_acquire(struct lzr_machine_code *code,
                                        unsigned size, unsigned rt,
                                        unsigned rn) {
  lzr_a64_word(code, UINT32_C(0x08dffc00) | lzr_a64_log2(size) | rn << 5 | rt);
}

static inline void lzr_a64_store_release(struct lzr_machine_code *code,
                                         unsigned size, unsigned rt,
                                         unsigned rn) {
  lzr_a64_word(code, UINT32_C(0x089ffc00) | lzr_a64_log2(size) | rn << 5 | rt);
}

static inline void lzr_a64_load_exclusive(struct lzr_machine_code *code,
                                          unsigned size, unsigned rt,
                                          unsigned rn) {
  lzr_a64_word(code, UINT32_C(0x085ffc00) | lzr_a64_log2(size) | rn << 5 | rt);
}

/* rs becomes 0 if it has stored */
static inline void lzr_a64_store_exclusive(struct lzr_machine_code *code,
                                           unsigned size, unsigned rs,
                                           unsigned rt, unsigned rn) {
  lzr_a64_word(code, UINT32_C(0x0800fc00) | lzr_a64_log2(size) | rs << 16 |
                         rn << 5 | rt);
}

/* Jumps, whose distance is written later. */
#define LZR_A64_B UINT32_C(0x14000000)
#define LZR_A64_BL UINT32_C(0x94000000)
#define LZR_A64_B_IF UINT32_C(0x54000000) /* + condition */
#define LZR_A64_CBNZ UINT32_C(0x35000000) /* + register */
#define LZR_A64_ADR UINT32_C(0x10000000)  /* + register */
#define LZR_A64_ADRP UINT32_C(0x90000000) /* + register */
#define LZR_A64_BR UINT32_C(0xd61f0000)   /* + register << 5 */
#define LZR_A64_BLR UINT32_C(0xd63f0000)
#define LZR_A64_RET UINT32_C(0xd65f03c0)

/* Writes the distance of the jump or ADR at field, or of the four bytes of data
   that are there. False if it is too far. */
bool lzr_a64_patch(struct lzr_machine_code *code, uint32_t field,
                   int64_t distance);

/* Sets a general register. */
void lzr_a64_set(struct lzr_machine_code *code, unsigned rd, uint64_t number);

#endif
