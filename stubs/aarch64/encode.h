/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64 instructions as words, with the fields that the Arm Architecture
 * Reference Manual (DDI 0487, C6 and C7) gives them. Registers are numbers; 31
 * is sp in all uses here. Offsets are in bytes and must be in the range given.
 */
#ifndef LZR_AARCH64_ENCODE_H
#define LZR_AARCH64_ENCODE_H

#include <stdint.h>

#define LZR_A64_BTI_C UINT32_C(0xd503245f)
#define LZR_A64_PACIASP UINT32_C(0xd503233f)
#define LZR_A64_AUTIASP UINT32_C(0xd50323bf)
#define LZR_A64_ISB UINT32_C(0xd5033fdf)
#define LZR_A64_DMB_ISHLD UINT32_C(0xd50339bf)
#define LZR_A64_DMB_ISH UINT32_C(0xd5033bbf)
#define LZR_A64_RET UINT32_C(0xd65f03c0)
#define LZR_A64_BRK_1 UINT32_C(0xd4200020)

enum {
  LZR_A64_X16 = 16,
  LZR_A64_X17,
  LZR_A64_X18,
  LZR_A64_FP = 29,
  LZR_A64_LR,
  LZR_A64_SP
};

/* pages counts 4 KiB pages from the instruction's own: -2^20 to 2^20 - 1 */
static inline uint32_t lzr_a64_adrp(uint32_t rd, int64_t pages) {
  uint32_t imm = (uint32_t)pages & 0x1fffff;
  return UINT32_C(0x90000000) | (imm & 3) << 29 | (imm >> 2) << 5 | rd;
}

/* offset: 0 to 4095 */
static inline uint32_t lzr_a64_add(uint32_t rd, uint32_t rn, uint32_t offset) {
  return UINT32_C(0x91000000) | offset << 10 | rn << 5 | rd;
}

static inline uint32_t lzr_a64_sub(uint32_t rd, uint32_t rn, uint32_t offset) {
  return UINT32_C(0xd1000000) | offset << 10 | rn << 5 | rd;
}

/* ldr xt,[xn,#offset]; offset: 0 to 32760, a multiple of 8 */
static inline uint32_t lzr_a64_ldr(uint32_t rt, uint32_t rn, uint32_t offset) {
  return UINT32_C(0xf9400000) | (offset / 8) << 10 | rn << 5 | rt;
}

/* str xt,[xn,#offset]! and ldr xt,[xn],#offset; offset: -256 to 255 */
static inline uint32_t lzr_a64_str_pre(uint32_t rt, uint32_t rn,
                                       int32_t offset) {
  return UINT32_C(0xf8000c00) | ((uint32_t)offset & 0x1ff) << 12 | rn << 5 | rt;
}

static inline uint32_t lzr_a64_ldr_post(uint32_t rt, uint32_t rn,
                                        int32_t offset) {
  return UINT32_C(0xf8400400) | ((uint32_t)offset & 0x1ff) << 12 | rn << 5 | rt;
}

/* str xt,[xn] */
static inline uint32_t lzr_a64_str(uint32_t rt, uint32_t rn) {
  return UINT32_C(0xf9000000) | rn << 5 | rt;
}

/* ldrb wt,[xn],#1 and strb wt,[xn],#1 */
static inline uint32_t lzr_a64_ldrb_next(uint32_t rt, uint32_t rn) {
  return UINT32_C(0x38401400) | rn << 5 | rt;
}

static inline uint32_t lzr_a64_strb_next(uint32_t rt, uint32_t rn) {
  return UINT32_C(0x38001400) | rn << 5 | rt;
}

/* A pair of x registers at [sp,#offset]; 0 to 504, a multiple of 8 */
static inline uint32_t lzr_a64_stp(uint32_t rt, uint32_t rt2, uint32_t offset) {
  return UINT32_C(0xa9000000) | (offset / 8) << 15 | rt2 << 10 |
         LZR_A64_SP << 5 | rt;
}

static inline uint32_t lzr_a64_ldp(uint32_t rt, uint32_t rt2, uint32_t offset) {
  return lzr_a64_stp(rt, rt2, offset) | UINT32_C(1) << 22;
}

/* A pair of q registers at [sp,#offset]; 0 to 1008, a multiple of 16 */
static inline uint32_t lzr_a64_stp_q(uint32_t rt, uint32_t rt2,
                                     uint32_t offset) {
  return UINT32_C(0xad000000) | (offset / 16) << 15 | rt2 << 10 |
         LZR_A64_SP << 5 | rt;
}

static inline uint32_t lzr_a64_ldp_q(uint32_t rt, uint32_t rt2,
                                     uint32_t offset) {
  return lzr_a64_stp_q(rt, rt2, offset) | UINT32_C(1) << 22;
}

/* SVE: z or p register i at [sp,#i,mul vl], i below 32 */
static inline uint32_t lzr_a64_sve_at_sp(uint32_t opcode, uint32_t i) {
  return opcode | (i >> 3) << 16 | (i & 7) << 10 | LZR_A64_SP << 5 | i;
}

static inline uint32_t lzr_a64_str_z(uint32_t i) {
  return lzr_a64_sve_at_sp(UINT32_C(0xe5804000), i);
}

static inline uint32_t lzr_a64_ldr_z(uint32_t i) {
  return lzr_a64_sve_at_sp(UINT32_C(0x85804000), i);
}

static inline uint32_t lzr_a64_str_p(uint32_t i) {
  return lzr_a64_sve_at_sp(UINT32_C(0xe5800000), i);
}

static inline uint32_t lzr_a64_ldr_p(uint32_t i) {
  return lzr_a64_sve_at_sp(UINT32_C(0x85800000), i);
}

/* Adds count times the bytes of a z (p) register to sp; count: -32 to 31 */
static inline uint32_t lzr_a64_addvl_sp(int32_t count) {
  return UINT32_C(0x043f5000) | ((uint32_t)count & 0x3f) << 5 | LZR_A64_SP;
}

static inline uint32_t lzr_a64_addpl_sp(int32_t count) {
  return UINT32_C(0x047f5000) | ((uint32_t)count & 0x3f) << 5 | LZR_A64_SP;
}

static inline uint32_t lzr_a64_movz_w(uint32_t rd, uint32_t value) {
  return UINT32_C(0x52800000) | (value & 0xffff) << 5 | rd;
}

/* movk wd,#value,lsl #16 */
static inline uint32_t lzr_a64_movk_w_high(uint32_t rd, uint32_t value) {
  return UINT32_C(0x72a00000) | (value & 0xffff) << 5 | rd;
}

/* mov xd,xm and mov wd,wm; neither is sp */
static inline uint32_t lzr_a64_mov(uint32_t rd, uint32_t rm) {
  return UINT32_C(0xaa0003e0) | rm << 16 | rd;
}

static inline uint32_t lzr_a64_mov_w(uint32_t rd, uint32_t rm) {
  return UINT32_C(0x2a0003e0) | rm << 16 | rd;
}

static inline uint32_t lzr_a64_sub_x(uint32_t rd, uint32_t rn, uint32_t rm) {
  return UINT32_C(0xcb000000) | rm << 16 | rn << 5 | rd;
}

/* mrs xt,tpidr_el0: the thread pointer */
static inline uint32_t lzr_a64_mrs_tpidr(uint32_t rt) {
  return UINT32_C(0xd53bd040) | rt;
}

/* b: -2^27 to 2^27 - 4, a multiple of 4 */
static inline uint32_t lzr_a64_b(int32_t offset) {
  return UINT32_C(0x14000000) | ((uint32_t)(offset / 4) & 0x3ffffff);
}

/* cbz xt: -2^20 to 2^20 - 4, a multiple of 4 */
static inline uint32_t lzr_a64_cbz(uint32_t rt, int32_t offset) {
  return UINT32_C(0xb4000000) | ((uint32_t)(offset / 4) & 0x7ffff) << 5 | rt;
}

static inline uint32_t lzr_a64_br(uint32_t rn) {
  return UINT32_C(0xd61f0000) | rn << 5;
}

static inline uint32_t lzr_a64_blr(uint32_t rn) {
  return UINT32_C(0xd63f0000) | rn << 5;
}

#endif
