/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/x86_64/encode.h"

#include <elf.h>

#ifndef R_X86_64_GOTPCRELX
#define R_X86_64_GOTPCRELX 41
#define R_X86_64_REX_GOTPCRELX 42
#endif

/* Prefixes and opcode. */

/* Operations of integers that have a form for bytes: it is the opcode before.
 */
static bool has_byte_form(uint32_t operation) {
  switch (operation) {
  case LZR_X64_ADD:
  case LZR_X64_OR:
  case LZR_X64_AND:
  case LZR_X64_SUB:
  case LZR_X64_XOR:
  case LZR_X64_CMP:
  case LZR_X64_TEST:
  case LZR_X64_XCHG:
  case LZR_X64_MOV:
  case LZR_X64_CMPXCHG:
  case LZR_X64_XADD:
  case LZR_X64_GROUP_IMM32:
  case LZR_X64_SHIFT_IMM:
  case LZR_X64_SHIFT_CL:
  case LZR_X64_MOV_IMM:
  case LZR_X64_GROUP_3:
    return true;
  default:
    return false;
  }
}

/* Whether a register operand is a byte's: 4 to 7 then mean SPL to DIL, with a
   REX prefix, and AH to BH without. */
static bool takes_byte(uint32_t operation, unsigned size) {
  uint32_t without_condition = operation & ~UINT32_C(15);
  return (size == 1 && has_byte_form(operation)) ||
         operation == LZR_X64_MOVZX8 || operation == LZR_X64_MOVSX8 ||
         without_condition == LZR_X64_SETCC;
}

/* reg, index and base are numbers of which bit 3 goes into the prefix. */
static void put_opcode(struct lzr_machine_code *code, uint32_t operation,
                       unsigned size, unsigned reg, unsigned index,
                       unsigned base) {
  unsigned prefix = operation >> 16 & 0xff;
  unsigned rex = (size == 8 ? 8u : 0) | (reg & 8) >> 1 | (index & 8) >> 2 |
                 (base & 8) >> 3;
  bool byte_register = takes_byte(operation, size) && (reg >= 4 || base >= 4);
  unsigned opcode = operation & 0xff;
  if (size == 1 && has_byte_form(operation))
    opcode--;
  if (size == 2)
    lzr_code_put(code, 0x66);
  if (prefix)
    lzr_code_put(code, prefix);
  if (rex || byte_register)
    lzr_code_put(code, 0x40 | rex);
  if (operation >> 8 & 1)
    lzr_code_put(code, 0x0f);
  lzr_code_put(code, opcode);
}

void lzr_x64_registers(struct lzr_machine_code *code, uint32_t operation,
                       unsigned size, unsigned reg, unsigned rm) {
  lzr_code_want(code);
  reg &= 15;
  rm &= 15;
  put_opcode(code, operation, size, reg, 0, rm);
  lzr_code_put(code, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* Operands in memory. */

static void put_relative(struct lzr_machine_code *code, unsigned reg,
                         const struct lzr_gen_memory *memory,
                         unsigned immediate) {
  lzr_code_put(code, (reg & 7) << 3 | 5);
  lzr_code_relocate(code, R_X86_64_PC32, memory->symbol,
                    (int64_t)memory->offset - 4 - immediate);
  lzr_code_put_number(code, 0, 4);
}

/* The mod field: 0 no offset, which bases 5 and 13 do not have, 1 a byte, 2
   four bytes. */
static unsigned mode_of(const struct lzr_gen_memory *memory) {
  if (memory->offset == 0 && (memory->base & 7) != 5)
    return 0;
  return memory->offset == (int8_t)memory->offset ? 1 : 2;
}

static void put_operand(struct lzr_machine_code *code, unsigned reg,
                        const struct lzr_gen_memory *memory) {
  unsigned mode = mode_of(memory), base = memory->base & 7u;
  bool has_index = memory->index != LZR_GEN_NONE;
  unsigned byte = mode << 6 | (reg & 7) << 3;
  if (has_index || base == 4) {
    unsigned index = has_index ? memory->index & 7u : 4;
    lzr_code_put(code, byte | 4);
    lzr_code_put(code, (unsigned)memory->scale << 6 | index << 3 | base);
  } else {
    lzr_code_put(code, byte | base);
  }
  if (mode)
    lzr_code_put_number(code, (uint32_t)memory->offset, mode == 1 ? 1 : 4);
}

void lzr_x64_memory(struct lzr_machine_code *code, uint32_t operation,
                    unsigned size, unsigned reg, struct lzr_gen_memory memory,
                    unsigned immediate) {
  lzr_code_want(code);
  reg &= 15;
  if (memory.base == LZR_GEN_SYMBOL) {
    put_opcode(code, operation, size, reg, 0, 0);
    put_relative(code, reg, &memory, immediate);
    return;
  }
  unsigned index = memory.index == LZR_GEN_NONE ? 0 : memory.index;
  put_opcode(code, operation, size, reg, index, memory.base);
  put_operand(code, reg, &memory);
}

/* Constants. */

void lzr_x64_immediate(struct lzr_machine_code *code, unsigned field,
                       unsigned size, unsigned rm, int32_t number) {
  bool is_short = size > 1 && number == (int8_t)number;
  lzr_x64_registers(code, is_short ? LZR_X64_GROUP_IMM8 : LZR_X64_GROUP_IMM32,
                    size, field, rm);
  unsigned bytes = is_short ? 1 : size == 8 ? 4 : size;
  lzr_code_put_number(code, (uint32_t)number, bytes);
}

void lzr_x64_set(struct lzr_machine_code *code, unsigned reg, int64_t number) {
  if (number == 0) {
    lzr_x64_registers(code, LZR_X64_XOR, 4, reg, reg);
    return;
  }
  if (number < 0 && number >= INT32_MIN) {
    lzr_x64_registers(code, LZR_X64_MOV_IMM, 8, 0, reg);
    lzr_code_put_number(code, (uint64_t)number, 4);
    return;
  }
  bool is_long = number < 0 || number > UINT32_MAX;
  lzr_code_want(code);
  put_opcode(code, 0xb8 | (reg & 7), is_long ? 8 : 4, 0, 0, reg);
  lzr_code_put_number(code, (uint64_t)number, is_long ? 8 : 4);
}

void lzr_x64_copy(struct lzr_machine_code *code, unsigned to, unsigned from) {
  if (lzr_gen_is_floating(to))
    lzr_x64_registers(code, LZR_X64_MOVAPS, 4, to, from);
  else
    lzr_x64_registers(code, LZR_X64_MOV, 8, from, to);
}

/* Symbols. */

void lzr_x64_load_got(struct lzr_machine_code *code, unsigned reg,
                      uint32_t symbol) {
  lzr_code_want(code);
  put_opcode(code, LZR_X64_MOV_FROM, 8, reg, 0, 0);
  lzr_code_put(code, (reg & 7) << 3 | 5);
  lzr_code_relocate(code, R_X86_64_REX_GOTPCRELX, symbol, -4);
  lzr_code_put_number(code, 0, 4);
}

void lzr_x64_call_got(struct lzr_machine_code *code, uint32_t symbol) {
  lzr_code_want(code);
  lzr_code_put_number(code, 0x15ff, 2);
  lzr_code_relocate(code, R_X86_64_GOTPCRELX, symbol, -4);
  lzr_code_put_number(code, 0, 4);
}

void lzr_x64_call(struct lzr_machine_code *code, uint32_t symbol) {
  lzr_code_want(code);
  lzr_code_put(code, 0xe8);
  lzr_code_relocate(code, R_X86_64_PLT32, symbol, -4);
  lzr_code_put_number(code, 0, 4);
}

/* Jumps. */

void lzr_x64_jump_if(struct lzr_machine_code *code, unsigned condition) {
  lzr_code_want(code);
  lzr_code_put(code, 0x0f);
  lzr_code_put(code, 0x80 | condition);
  lzr_code_put_number(code, 0, 4);
}

void lzr_x64_jump(struct lzr_machine_code *code) {
  lzr_code_want(code);
  lzr_code_put(code, 0xe9);
  lzr_code_put_number(code, 0, 4);
}

static size_t skip(struct lzr_machine_code *code, unsigned opcode) {
  lzr_code_want(code);
  lzr_code_put(code, opcode);
  lzr_code_put(code, 0);
  return code->size;
}

size_t lzr_x64_skip_if(struct lzr_machine_code *code, unsigned condition) {
  return skip(code, 0x70 | condition);
}

size_t lzr_x64_skip(struct lzr_machine_code *code) {
  return skip(code, 0xeb);
}

void lzr_x64_land(struct lzr_machine_code *code, size_t skip) {
  if (!code->out_of_memory)
    code->bytes[skip - 1] = (uint8_t)(code->size - skip);
}

void lzr_x64_bytes(struct lzr_machine_code *code, uint32_t bytes,
                   unsigned count) {
  lzr_code_want(code);
  lzr_code_put_number(code, bytes, count);
}
