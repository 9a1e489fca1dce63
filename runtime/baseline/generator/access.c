/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/access.h"

static unsigned bytes_of(unsigned bits) {
  return (bits + 7) / 8;
}

/* Numbers. */

static void read_bytes(struct lzr_gen *g, unsigned size, unsigned reg,
                       struct lzr_gen_memory from) {
  uint32_t operation = size == 1   ? LZR_X64_MOVZX8
                       : size == 2 ? LZR_X64_MOVZX16
                                   : LZR_X64_MOV_FROM;
  lzr_x64_memory(g->code, operation, size == 8 ? 8 : 4, reg, from, 0);
}

static void shift(struct lzr_gen *g, unsigned field, unsigned reg,
                  unsigned distance) {
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 8, field, reg);
  lzr_code_put(g->code, distance);
}

/* Largest power of two up to size. */
static unsigned piece_of(unsigned size) {
  return size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
}

/* An integer of 3, 5, 6 or 7 bytes, none of which lies outside. */
static void read_pieces(struct lzr_gen *g, unsigned size, unsigned reg,
                        struct lzr_gen_memory from) {
  unsigned low = piece_of(size), other = lzr_gen_allocate(g, LZR_X64_GENERAL);
  bool first = true;
  for (unsigned at = low; at < size;) {
    unsigned piece = piece_of(size - at);
    read_bytes(g, piece, first ? other : reg, lzr_gen_move(g, from, at));
    shift(g, LZR_X64_IS_SHL, first ? other : reg, 8 * at);
    if (!first)
      lzr_x64_registers(g->code, LZR_X64_OR, 8, reg, other);
    first = false;
    at += piece;
  }
  read_bytes(g, low, reg, from);
  lzr_x64_registers(g->code, LZR_X64_OR, 8, other, reg);
  lzr_gen_release(g, other);
}

void lzr_gen_read(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                  struct lzr_gen_memory from) {
  if (lzr_gen_is_floating_type(type)) {
    lzr_x64_memory(g->code,
                   lzr_gen_by_class(type, LZR_X64_MOVSS, LZR_X64_MOVSD), 4, reg,
                   from, 0);
    return;
  }
  unsigned size = bytes_of(type.bits);
  if (piece_of(size) == size)
    read_bytes(g, size, reg, from);
  else
    read_pieces(g, size, reg, from);
}

static void write_pieces(struct lzr_gen *g, unsigned size, unsigned reg,
                         struct lzr_gen_memory to) {
  for (unsigned at = 0; at < size;) {
    unsigned piece = piece_of(size - at);
    lzr_x64_memory(g->code, LZR_X64_MOV, piece, reg, lzr_gen_move(g, to, at),
                   0);
    at += piece;
    if (at < size)
      shift(g, LZR_X64_IS_SHR, reg, 8 * piece);
  }
}

/* In memory the bits beyond an integer's are 0, since LLVM takes that for
   granted when it loads them. */
void lzr_gen_write(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                   struct lzr_gen_memory to) {
  if (lzr_gen_is_floating_type(type)) {
    lzr_x64_memory(g->code,
                   lzr_gen_by_class(type, LZR_X64_MOVSS_TO, LZR_X64_MOVSD_TO),
                   4, reg, to, 0);
    return;
  }
  unsigned size = bytes_of(type.bits);
  if (type.bits % 8)
    lzr_x64_extend(g, reg, type.bits, false, lzr_gen_wide(type.bits));
  if (piece_of(size) == size)
    lzr_x64_memory(g->code, LZR_X64_MOV, size, reg, to, 0);
  else
    write_pieces(g, size, reg, to);
}

/* Any value. */

/* A constant that an instruction can hold; false for others. */
static bool write_immediate(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to) {
  int32_t number;
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  if (!lzr_gen_fits_immediate(g, value, &number) ||
      !lzr_gen_is_exact(type.bits))
    return false;
  unsigned size = lzr_gen_size(type.bits), bytes = size == 8 ? 4 : size;
  lzr_x64_memory(g->code, LZR_X64_MOV_IMM, size, 0, to, bytes);
  lzr_code_put_number(g->code, (uint32_t)number, bytes);
  return true;
}

static void write_aggregate(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  uint32_t size = g->ir->layouts[v->type.layout].size;
  if (v->kind == LZR_IR_CONSTANT)
    lzr_gen_clear_bytes(g, to, size);
  else
    lzr_gen_copy_bytes(g, to, lzr_gen_frame(lzr_gen_slot(g, value)), size);
}

void lzr_gen_write_value(struct lzr_gen *g, uint32_t value,
                         struct lzr_gen_memory to) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  if (type.class == LZR_IR_AGGREGATE) {
    write_aggregate(g, value, to);
  } else if (!write_immediate(g, value, to)) {
    bool is_whole = type.class != LZR_IR_INTEGER || lzr_gen_is_exact(type.bits);
    unsigned reg;
    if (is_whole) {
      reg = lzr_gen_use(g, value);
    } else {
      reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
      lzr_gen_load_into(g, value, reg);
    }
    lzr_gen_write(g, type, reg, to);
  }
}

/* Bytes. */

static void copy_pieces(struct lzr_gen *g, struct lzr_gen_memory to,
                        struct lzr_gen_memory from, uint32_t size) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  for (uint32_t at = 0; at < size;) {
    unsigned piece = piece_of(size - at);
    read_bytes(g, piece, reg, lzr_gen_move(g, from, at));
    lzr_x64_memory(g->code, LZR_X64_MOV, piece, reg, lzr_gen_move(g, to, at),
                   0);
    at += piece;
  }
  lzr_gen_release(g, reg);
}

void lzr_gen_copy_bytes(struct lzr_gen *g, struct lzr_gen_memory to,
                        struct lzr_gen_memory from, uint32_t size) {
  uint32_t at = 0;
  if (size >= 16) {
    unsigned reg = lzr_gen_allocate(g, LZR_X64_XMM);
    for (; size - at >= 16; at += 16) {
      lzr_x64_memory(g->code, LZR_X64_MOVUPS, 4, reg, lzr_gen_move(g, from, at),
                     0);
      lzr_x64_memory(g->code, LZR_X64_MOVUPS_TO, 4, reg,
                     lzr_gen_move(g, to, at), 0);
    }
    lzr_gen_release(g, reg);
  }
  if (at < size)
    copy_pieces(g, lzr_gen_move(g, to, at), lzr_gen_move(g, from, at),
                size - at);
}

void lzr_gen_clear_bytes(struct lzr_gen *g, struct lzr_gen_memory to,
                         uint32_t size) {
  uint32_t at = 0;
  if (size >= 16) {
    unsigned reg = lzr_gen_allocate(g, LZR_X64_XMM);
    lzr_x64_registers(g->code, LZR_X64_XORPS, 4, reg, reg);
    for (; size - at >= 16; at += 16)
      lzr_x64_memory(g->code, LZR_X64_MOVUPS_TO, 4, reg,
                     lzr_gen_move(g, to, at), 0);
    lzr_gen_release(g, reg);
  }
  while (at < size) {
    unsigned piece = piece_of(size - at), bytes = piece == 8 ? 4 : piece;
    lzr_x64_memory(g->code, LZR_X64_MOV_IMM, piece, 0, lzr_gen_move(g, to, at),
                   bytes);
    lzr_code_put_number(g->code, 0, bytes);
    at += piece;
  }
}
