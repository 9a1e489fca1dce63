/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes x86-64 instructions, one a call. tests/runtime/baseline/x86_64/
 * encode_test.c disassembles what it writes.
 */
#ifndef LZR_BASELINE_X86_64_ENCODE_H
#define LZR_BASELINE_X86_64_ENCODE_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/generator/place.h"

/* The numbers of registers, in one row: general ones, then XMM. */
enum lzr_x64_register {
  LZR_RAX,
  LZR_RCX,
  LZR_RDX,
  LZR_RBX,
  LZR_RSP,
  LZR_RBP,
  LZR_RSI,
  LZR_RDI,
  LZR_R8,
  LZR_R9,
  LZR_R10,
  LZR_R11,
  LZR_R12,
  LZR_R13,
  LZR_R14,
  LZR_R15,
  LZR_XMM0 = LZR_GEN_FLOATING
};

/* Sets of those that the generator uses. */
#define LZR_X64_GENERAL UINT32_C(0x0fc7) /* RAX RCX RDX RSI RDI R8 to R11 */
#define LZR_X64_XMM UINT32_C(0xffff0000)

/* Opcodes: the prefix that belongs to it, whether 0F comes before, the byte.
   Of integer operations that have a form for bytes, the other one is named. */
#define LZR_X64_OP(prefix, escape, byte)                                       \
  ((uint32_t)(prefix) << 16 | (uint32_t)(escape) << 8 | (byte))

enum lzr_x64_operation {
  /* rm op= register */
  LZR_X64_ADD = 0x01,
  LZR_X64_OR = 0x09,
  LZR_X64_AND = 0x21,
  LZR_X64_SUB = 0x29,
  LZR_X64_XOR = 0x31,
  LZR_X64_CMP = 0x39,
  LZR_X64_TEST = 0x85,
  LZR_X64_XCHG = 0x87,
  LZR_X64_MOV = 0x89, /* to rm */
  LZR_X64_CMPXCHG = LZR_X64_OP(0, 1, 0xb1),
  LZR_X64_XADD = LZR_X64_OP(0, 1, 0xc1),
  LZR_X64_SHLD_IMM = LZR_X64_OP(0, 1, 0xa4),
  LZR_X64_SHLD_CL = LZR_X64_OP(0, 1, 0xa5),
  LZR_X64_SHRD_IMM = LZR_X64_OP(0, 1, 0xac),
  LZR_X64_SHRD_CL = LZR_X64_OP(0, 1, 0xad),
  /* register op= rm */
  LZR_X64_MOV_FROM = 0x8b,
  LZR_X64_LEA = 0x8d,
  LZR_X64_MOVSXD = 0x63,
  LZR_X64_IMUL = LZR_X64_OP(0, 1, 0xaf),
  LZR_X64_IMUL_IMM32 = 0x69,
  LZR_X64_IMUL_IMM8 = 0x6b,
  LZR_X64_MOVZX8 = LZR_X64_OP(0, 1, 0xb6),
  LZR_X64_MOVZX16 = LZR_X64_OP(0, 1, 0xb7),
  LZR_X64_MOVSX8 = LZR_X64_OP(0, 1, 0xbe),
  LZR_X64_MOVSX16 = LZR_X64_OP(0, 1, 0xbf),
  LZR_X64_BSF = LZR_X64_OP(0, 1, 0xbc),
  LZR_X64_BSR = LZR_X64_OP(0, 1, 0xbd),
  LZR_X64_CMOV = LZR_X64_OP(0, 1, 0x40),  /* + condition */
  LZR_X64_SETCC = LZR_X64_OP(0, 1, 0x90), /* + condition; register field 0 */
  /* rm, the operation is in the register field */
  LZR_X64_GROUP_IMM8 = 0x83, /* ADD 0, OR 1, AND 4, SUB 5, XOR 6, CMP 7 */
  LZR_X64_GROUP_IMM32 = 0x81,
  LZR_X64_SHIFT_IMM = 0xc1, /* ROL 0, ROR 1, SHL 4, SHR 5, SAR 7 */
  LZR_X64_SHIFT_CL = 0xd3,
  LZR_X64_MOV_IMM = 0xc7,
  LZR_X64_GROUP_3 = 0xf7, /* TEST imm 0, NOT 2, NEG 3, MUL 4, DIV 6, IDIV 7 */
  LZR_X64_GROUP_5 = 0xff, /* CALL 2, JMP 4 */
  /* Floating point, register op= rm. */
  LZR_X64_MOVUPS = LZR_X64_OP(0, 1, 0x10),
  LZR_X64_MOVUPS_TO = LZR_X64_OP(0, 1, 0x11), /* to rm */
  LZR_X64_MOVSS = LZR_X64_OP(0xf3, 1, 0x10),
  LZR_X64_MOVSS_TO = LZR_X64_OP(0xf3, 1, 0x11),
  LZR_X64_MOVSD = LZR_X64_OP(0xf2, 1, 0x10),
  LZR_X64_MOVSD_TO = LZR_X64_OP(0xf2, 1, 0x11),
  LZR_X64_MOVAPS = LZR_X64_OP(0, 1, 0x28),
  LZR_X64_CVTSI2SS = LZR_X64_OP(0xf3, 1, 0x2a),
  LZR_X64_CVTSI2SD = LZR_X64_OP(0xf2, 1, 0x2a),
  LZR_X64_CVTTSS2SI = LZR_X64_OP(0xf3, 1, 0x2c),
  LZR_X64_CVTTSD2SI = LZR_X64_OP(0xf2, 1, 0x2c),
  LZR_X64_UCOMISS = LZR_X64_OP(0, 1, 0x2e),
  LZR_X64_UCOMISD = LZR_X64_OP(0x66, 1, 0x2e),
  LZR_X64_SQRTSS = LZR_X64_OP(0xf3, 1, 0x51),
  LZR_X64_SQRTSD = LZR_X64_OP(0xf2, 1, 0x51),
  LZR_X64_ANDPS = LZR_X64_OP(0, 1, 0x54),
  LZR_X64_XORPS = LZR_X64_OP(0, 1, 0x57),
  LZR_X64_ADDSS = LZR_X64_OP(0xf3, 1, 0x58),
  LZR_X64_ADDSD = LZR_X64_OP(0xf2, 1, 0x58),
  LZR_X64_MULSS = LZR_X64_OP(0xf3, 1, 0x59),
  LZR_X64_MULSD = LZR_X64_OP(0xf2, 1, 0x59),
  LZR_X64_CVTSS2SD = LZR_X64_OP(0xf3, 1, 0x5a),
  LZR_X64_CVTSD2SS = LZR_X64_OP(0xf2, 1, 0x5a),
  LZR_X64_SUBSS = LZR_X64_OP(0xf3, 1, 0x5c),
  LZR_X64_SUBSD = LZR_X64_OP(0xf2, 1, 0x5c),
  LZR_X64_DIVSS = LZR_X64_OP(0xf3, 1, 0x5e),
  LZR_X64_DIVSD = LZR_X64_OP(0xf2, 1, 0x5e),
  LZR_X64_MOVD = LZR_X64_OP(0x66, 1, 0x6e),   /* XMM = general register rm */
  LZR_X64_MOVD_TO = LZR_X64_OP(0x66, 1, 0x7e) /* rm = XMM */
};

/* What is in the register field of the groups above. */
enum {
  LZR_X64_IS_ADD = 0,
  LZR_X64_IS_OR = 1,
  LZR_X64_IS_AND = 4,
  LZR_X64_IS_SUB = 5,
  LZR_X64_IS_XOR = 6,
  LZR_X64_IS_CMP = 7,
  LZR_X64_IS_ROL = 0,
  LZR_X64_IS_SHL = 4,
  LZR_X64_IS_SHR = 5,
  LZR_X64_IS_SAR = 7,
  LZR_X64_IS_TEST = 0,
  LZR_X64_IS_NEG = 3,
  LZR_X64_IS_MUL = 4,
  LZR_X64_IS_DIV = 6,
  LZR_X64_IS_IDIV = 7,
  LZR_X64_IS_CALL = 2,
  LZR_X64_IS_JMP = 4
};

enum lzr_x64_condition {
  LZR_X64_O,
  LZR_X64_NO,
  LZR_X64_B,
  LZR_X64_AE,
  LZR_X64_E,
  LZR_X64_NE,
  LZR_X64_BE,
  LZR_X64_A,
  LZR_X64_S,
  LZR_X64_NS,
  LZR_X64_P,
  LZR_X64_NP,
  LZR_X64_L,
  LZR_X64_GE,
  LZR_X64_LE,
  LZR_X64_G
};

/* size is the operands' in bytes: 1, 2, 4 or 8. For floating point it is 8 only
   where a general register of 64 bits takes part, else 4. */

/* An instruction with two registers, or one and a field's number. */
void lzr_x64_registers(struct lzr_machine_code *code, uint32_t operation,
                       unsigned size, unsigned reg, unsigned rm);

/* One with an operand in memory. immediate is the number of bytes that the
   caller will append to it. */
void lzr_x64_memory(struct lzr_machine_code *code, uint32_t operation,
                    unsigned size, unsigned reg, struct lzr_gen_memory memory,
                    unsigned immediate);

/* rm op= number, by the group's register field; number fits 32 bits. */
void lzr_x64_immediate(struct lzr_machine_code *code, unsigned field,
                       unsigned size, unsigned rm, int32_t number);

/* Sets a general register; may change the flags. */
void lzr_x64_set(struct lzr_machine_code *code, unsigned reg, int64_t number);

/* Copies a register to one of the same kind. */
void lzr_x64_copy(struct lzr_machine_code *code, unsigned to, unsigned from);

/* A load of the address of a GOT entry of the symbol's, or a call through it.
 */
void lzr_x64_load_got(struct lzr_machine_code *code, unsigned reg,
                      uint32_t symbol);
void lzr_x64_call_got(struct lzr_machine_code *code, uint32_t symbol);
/* A direct call. */
void lzr_x64_call(struct lzr_machine_code *code, uint32_t symbol);

/* Conditional and unconditional jumps whose 32-bit distance, the last four
   bytes, is written later. */
void lzr_x64_jump_if(struct lzr_machine_code *code, unsigned condition);
void lzr_x64_jump(struct lzr_machine_code *code);

/* A conditional jump over code that comes next, up to 127 bytes; returns what
   lzr_x64_land() takes, which is called behind that code. */
size_t lzr_x64_skip_if(struct lzr_machine_code *code, unsigned condition);
size_t lzr_x64_skip(struct lzr_machine_code *code);
void lzr_x64_land(struct lzr_machine_code *code, size_t skip);

/* Bytes of an instruction without operands, up to four, the first in the lowest
   byte. */
void lzr_x64_bytes(struct lzr_machine_code *code, uint32_t bytes,
                   unsigned count);

#endif
