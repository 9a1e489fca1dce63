/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inside of a generator, for its files.
 *
 * A frame, from its base downwards: slots of values and locals, then, at the
 * stack pointer, room for the arguments of calls that are passed on the stack.
 * What ALLOCATE makes is between the two, so that the stack pointer stays in
 * front of that room.
 *
 * A value is in a register, in its slot, or both. Within a block, registers are
 * a cache: values that other blocks use, and phis, are stored in their slots
 * when they are made. Only registers that a call may change are used, so a
 * function saves none but the frame's.
 */
#ifndef LZR_BASELINE_GENERATOR_GENERATOR_H
#define LZR_BASELINE_GENERATOR_GENERATOR_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/generator/target.h"

enum lzr_gen_fusion {
  LZR_GEN_NOT_FUSED,
  LZR_GEN_FUSED_ADDRESS, /* a GEP that becomes part of the operands that use it
                          */
  LZR_GEN_FUSED_COMPARE  /* a comparison that becomes part of the branch or
                            select  behind it */
};

/* Where a value is. */
struct lzr_gen_home {
  int8_t reg;     /* or -1 */
  uint8_t fusion; /* enum lzr_gen_fusion */
  uint8_t depth;  /* of a fused address: how many are fused into it */
  bool stored;    /* it is in its slot */
  bool in_frame;  /* it is the address of its slot: locals, and arguments that
                     are  passed by value */
  int32_t slot;   /* from the frame; 0 for none */
  uint32_t uses;  /* that are still to come */
};

/* A way from one block to another on which phis get their values. */
struct lzr_gen_edge {
  uint32_t from, to;
  uint32_t offset; /* in the code */
  bool lands;      /* an exception comes that way, in its registers */
};

/* A phi and what it becomes on an edge. */
struct lzr_gen_phi {
  uint32_t from, to;
  int32_t saved; /* a slot with a copy of from, which a phi before this one has
                    changed; or 0 */
};

/* A distance in the code that is known when all blocks have been generated. */
struct lzr_gen_jump {
  uint32_t field;  /* offset of its four bytes */
  uint32_t base;   /* offset from which the distance counts */
  uint32_t target; /* a block, or an edge with LZR_GEN_EDGE, or the epilogue */
};

#define LZR_GEN_EDGE UINT32_C(0x80000000)
#define LZR_GEN_EPILOGUE UINT32_C(0x7fffffff)

/* A call that exceptions may come from. */
struct lzr_gen_invoke {
  uint32_t start, end; /* offsets in the code */
  uint32_t target;     /* where they go, as a jump's */
  uint32_t block;      /* that has the landing pad */
};

/* One of a switch's cases. */
struct lzr_gen_case {
  int64_t number;
  uint32_t target; /* as a jump's */
};

/* A table of distances to the cases of a switch, which lies behind the code. */
struct lzr_gen_table {
  uint32_t field;        /* offset of the four bytes that lead to it */
  uint32_t first, count; /* of its targets */
};

struct lzr_gen {
  const struct lzr_gen_target *target;
  struct lzr_ir *ir;
  struct lzr_machine_code *code;
  /* Owned, kept from function to function. */
  struct lzr_gen_home *homes; /* by value */
  uint32_t *block_offsets;
  struct lzr_gen_edge *edges;
  struct lzr_gen_phi *phis;
  struct lzr_gen_jump *jumps;
  struct lzr_gen_invoke *invokes;
  struct lzr_gen_case *cases;
  struct lzr_gen_table *tables;
  uint32_t *targets;     /* of tables */
  uint32_t *allocations; /* offsets of four bytes that get the size of the room
                            for arguments */
  size_t home_room, block_room, edge_room, phi_room, jump_room, invoke_room,
      case_room, table_room, target_room, allocation_room;
  size_t edge_count, jump_count, invoke_count, table_count, target_count,
      allocation_count;

  /* The cache: sets of registers, a bit each. */
  uint32_t held[LZR_GEN_REGISTERS]; /* the value in a register, or 0 */
  uint32_t free;                    /* hold nothing */
  uint32_t locked;   /* must not be taken before the instruction ends */
  uint32_t reserved; /* must not be taken at all */
  unsigned turn;     /* which register is taken next if none is free */

  /* The frame. */
  int32_t frame;           /* bytes below its base */
  int32_t spare_slots[32]; /* of 8 bytes */
  size_t spare_count;
  uint32_t outgoing; /* bytes for arguments */
  int32_t save_area; /* slot of a variadic function's register arguments */
  uint32_t named_general, named_floating; /* registers with named arguments */
  int32_t stack_arguments;                /* bytes of named ones on the stack */

  uint32_t block; /* that is being generated */
  uint32_t start; /* offset of the function */
  bool returns;   /* it has an epilogue */
};

/* Sets of registers. */
#define LZR_GEN_BIT(reg) (UINT32_C(1) << (reg))

static inline const struct lzr_ir_value *lzr_gen_value(const struct lzr_gen *g,
                                                       uint32_t value) {
  return &g->ir->values[value];
}

static inline struct lzr_gen_home *lzr_gen_home(struct lzr_gen *g,
                                                uint32_t value) {
  return &g->homes[value];
}

/* Integers are computed in registers of 32 or 64 bits. */
static inline unsigned lzr_gen_wide(unsigned bits) {
  return bits > 32 ? 8 : 4;
}

/* Bytes of the smallest operand that has so many bits. */
static inline unsigned lzr_gen_size(unsigned bits) {
  return bits <= 8 ? 1 : bits <= 16 ? 2 : lzr_gen_wide(bits);
}

/* Whether an integer fills its operand. */
static inline bool lzr_gen_is_exact(unsigned bits) {
  return lzr_gen_size(bits) * 8 == bits;
}

static inline bool lzr_gen_is_floating_type(struct lzr_ir_type type) {
  return type.class == LZR_IR_FLOAT || type.class == LZR_IR_DOUBLE;
}

static inline uint32_t lzr_gen_set_of(const struct lzr_gen *g,
                                      struct lzr_ir_type type) {
  return lzr_gen_is_floating_type(type) ? g->target->floating
                                        : g->target->general;
}

/* Bytes of a number in its slot. */
static inline unsigned lzr_gen_slot_size(struct lzr_ir_type type) {
  return type.class == LZR_IR_FLOAT    ? 4
         : type.class == LZR_IR_DOUBLE ? 8
                                       : lzr_gen_wide(type.bits);
}

/* How a number is passed, a set of enum lzr_ir_passing, with what the
   architecture asks for. */
static inline uint32_t lzr_gen_passing(const struct lzr_gen *g,
                                       struct lzr_ir_type type,
                                       uint32_t passing) {
  bool is_bit = type.class == LZR_IR_INTEGER && type.bits == 1;
  bool extends = passing & LZR_IR_PASS_SIGN_EXTENDED;
  return is_bit && !extends && g->target->extends_bits
             ? passing | LZR_IR_PASS_ZERO_EXTENDED
             : passing;
}

/* The opposite of a condition. */
static inline unsigned lzr_gen_not(unsigned condition) {
  return condition ^ 1;
}

#endif
