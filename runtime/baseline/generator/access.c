/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/access.h"

static unsigned bytes_of(unsigned bits) {
  return (bits + 7) / 8;
}

/* Numbers. */

/* Largest power of two up to size. */
static unsigned piece_of(unsigned size) {
  return size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
}

/* An integer of 3, 5, 6 or 7 bytes, none of which lies outside. */
static void read_pieces(struct lzr_gen *g, unsigned size, unsigned reg,
                        struct lzr_gen_memory from) {
  unsigned low = piece_of(size),
           other = lzr_gen_allocate(g, g->target->general);
  bool first = true;
  for (unsigned at = low; at < size;) {
    unsigned piece = piece_of(size - at);
    g->target->load(g, piece, first ? other : reg, lzr_gen_move(g, from, at));
    g->target->shift(g, true, first ? other : reg, 8 * at);
    if (!first)
      g->target->unite(g, other, reg);
    first = false;
    at += piece;
  }
  g->target->load(g, low, reg, from);
  g->target->unite(g, reg, other);
  lzr_gen_release(g, other);
}

void lzr_gen_read(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                  struct lzr_gen_memory from) {
  if (lzr_gen_is_floating_type(type)) {
    g->target->load(g, lzr_gen_by_class(type, 4, 8), reg, from);
    return;
  }
  unsigned size = bytes_of(type.bits);
  if (piece_of(size) == size)
    g->target->load(g, size, reg, from);
  else
    read_pieces(g, size, reg, from);
}

static void write_pieces(struct lzr_gen *g, unsigned size, unsigned reg,
                         struct lzr_gen_memory to) {
  for (unsigned at = 0; at < size;) {
    unsigned piece = piece_of(size - at);
    g->target->store(g, piece, reg, lzr_gen_move(g, to, at));
    at += piece;
    if (at < size)
      g->target->shift(g, false, reg, 8 * piece);
  }
}

/* In memory the bits beyond an integer's are 0, since LLVM takes that for
   granted when it loads them. */
void lzr_gen_write(struct lzr_gen *g, struct lzr_ir_type type, unsigned reg,
                   struct lzr_gen_memory to) {
  if (lzr_gen_is_floating_type(type)) {
    g->target->store(g, lzr_gen_by_class(type, 4, 8), reg, to);
    return;
  }
  unsigned size = bytes_of(type.bits);
  if (type.bits % 8)
    g->target->extend(g, reg, type.bits, false, lzr_gen_wide(type.bits));
  if (piece_of(size) == size)
    g->target->store(g, size, reg, to);
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
  g->target->store_number(g, lzr_gen_size(type.bits), number, to);
  return true;
}

static void write_aggregate(struct lzr_gen *g, uint32_t value,
                            struct lzr_gen_memory to) {
  const struct lzr_ir_value *v = lzr_gen_value(g, value);
  uint32_t size = g->ir->layouts[v->type.layout].size;
  if (v->kind == LZR_IR_CONSTANT)
    lzr_gen_clear_bytes(g, to, size);
  else
    lzr_gen_copy_bytes(g, to, lzr_gen_frame(g, lzr_gen_slot(g, value)), size);
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
      reg = lzr_gen_allocate(g, g->target->general);
      lzr_gen_load_into(g, value, reg);
    }
    lzr_gen_write(g, type, reg, to);
  }
}

/* Bytes. */

static void copy_pieces(struct lzr_gen *g, struct lzr_gen_memory to,
                        struct lzr_gen_memory from, uint32_t size) {
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  for (uint32_t at = 0; at < size;) {
    unsigned piece = piece_of(size - at);
    g->target->load(g, piece, reg, lzr_gen_move(g, from, at));
    g->target->store(g, piece, reg, lzr_gen_move(g, to, at));
    at += piece;
  }
  lzr_gen_release(g, reg);
}

void lzr_gen_copy_bytes(struct lzr_gen *g, struct lzr_gen_memory to,
                        struct lzr_gen_memory from, uint32_t size) {
  uint32_t at = 0;
  if (size >= 16) {
    unsigned reg = lzr_gen_allocate(g, g->target->floating);
    for (; size - at >= 16; at += 16) {
      g->target->load(g, 16, reg, lzr_gen_move(g, from, at));
      g->target->store(g, 16, reg, lzr_gen_move(g, to, at));
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
    unsigned reg = lzr_gen_allocate(g, g->target->floating);
    g->target->zero(g, reg);
    for (; size - at >= 16; at += 16)
      g->target->store(g, 16, reg, lzr_gen_move(g, to, at));
    lzr_gen_release(g, reg);
  }
  while (at < size) {
    unsigned piece = piece_of(size - at);
    g->target->store_number(g, piece, 0, lzr_gen_move(g, to, at));
    at += piece;
  }
}
