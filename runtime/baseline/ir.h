/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The compact IR: one function, in flat arrays, with all that a generator needs
 * to know counted on the way. Whoever reads a function's body fills it in
 * (runtime/llvm/walk.h does, from LLVM's IR); a generator turns it into machine
 * code. It knows neither LLVM nor an architecture.
 *
 * It is SSA like LLVM's, with blocks in the same order. Values have dense
 * numbers from 1; 0 stands for "none". A block ends with its only branch.
 *
 * A reader must know the rules that a generator relies on:
 *   - every number of a value, block, symbol or layout exists;
 *   - operands have the class and width that the operation needs (see enum
 *     lzr_ir_operation);
 *   - uses are counted by lzr_ir_use() and its like, which take the block that
 *     is being read from the struct.
 */
#ifndef LZR_BASELINE_IR_H
#define LZR_BASELINE_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What kind of register holds a value. Pointers are integers of 64 bits. */
enum lzr_ir_class {
  LZR_IR_VOID,
  LZR_IR_INTEGER, /* of 1 to 64 bits; bits above are not defined */
  LZR_IR_FLOAT,
  LZR_IR_DOUBLE,
  LZR_IR_AGGREGATE /* in memory, in the frame */
};

struct lzr_ir_type {
  uint8_t class;   /* enum lzr_ir_class */
  uint8_t bits;    /* of an integer */
  uint32_t layout; /* of an aggregate: its number */
};

enum { LZR_IR_PARTS = 4 };

/* An aggregate in memory, and the registers in which it is returned. */
struct lzr_ir_layout {
  uint32_t size; /* bytes */
  uint32_t align;
  bool in_registers; /* its parts are listed; otherwise it is only loaded,
                        stored, taken apart and passed in memory */
  bool is_array;     /* all parts have one type, of 64 bits if it is an integer,
                       and nothing else is in it */
  uint8_t part_count;
  struct {
    struct lzr_ir_type type;
    uint32_t offset;
  } parts[LZR_IR_PARTS];
};

enum lzr_ir_kind {
  LZR_IR_CONSTANT, /* number: an integer, sign-extended, or the bits of a
                      floating-point number; an aggregate is all zero */
  LZR_IR_SYMBOL,   /* the address of a symbol, number bytes further on */
  LZR_IR_ARGUMENT,
  LZR_IR_LOCAL, /* the address of number bytes in the frame, for as long as the
                   function runs */
  LZR_IR_RESULT /* of an instruction */
};

struct lzr_ir_value {
  uint8_t kind; /* enum lzr_ir_kind */
  bool crosses; /* it is used in another block than the one that defines it */
  struct lzr_ir_type type;
  uint32_t uses;
  uint32_t address_uses; /* as the address of a load, a store and the like */
  uint32_t block;        /* that defines it */
  uint32_t origin;       /* RESULT: the instruction; SYMBOL: the symbol; LOCAL:
                            the alignment, a power of two up to 16 */
  int64_t number;
};

/* In the comments a, b, c are values unless something else is said; "list" is
   the instruction's part of the list of items. */
enum lzr_ir_operation {
  /* Integers a and b of the same width. */
  LZR_IR_ADD,
  LZR_IR_SUB,
  LZR_IR_MUL,
  LZR_IR_AND,
  LZR_IR_OR,
  LZR_IR_XOR,
  LZR_IR_SHL,
  LZR_IR_LSHR,
  LZR_IR_ASHR,
  LZR_IR_UDIV,
  LZR_IR_SDIV,
  LZR_IR_UREM,
  LZR_IR_SREM,
  LZR_IR_COMPARE,  /* sub: enum lzr_ir_condition */
  LZR_IR_OVERFLOW, /* sub: enum lzr_ir_overflow; the result is { value, i1 }, c
                      the offset of the second */
  LZR_IR_FUNNEL_LEFT,  /* of a:b by c */
  LZR_IR_FUNNEL_RIGHT, /* the same */
  /* One integer a. */
  LZR_IR_TRUNCATE, /* or the same width: a copy */
  LZR_IR_ZERO_EXTEND,
  LZR_IR_SIGN_EXTEND,
  LZR_IR_SWAP_BYTES,
  LZR_IR_LEADING_ZEROS, /* of 0: the width */
  LZR_IR_TRAILING_ZEROS,
  LZR_IR_COUNT_ONES,
  /* Floating point. */
  LZR_IR_FADD,
  LZR_IR_FSUB,
  LZR_IR_FMUL,
  LZR_IR_FDIV,
  LZR_IR_FNEGATE,
  LZR_IR_FABSOLUTE,
  LZR_IR_SQUARE_ROOT,
  LZR_IR_FCOMPARE, /* sub: enum lzr_ir_fcondition */
  LZR_IR_FCONVERT, /* between float and double; the same: a copy */
  LZR_IR_TO_SIGNED,
  LZR_IR_TO_UNSIGNED,
  LZR_IR_FROM_SIGNED,
  LZR_IR_FROM_UNSIGNED,
  LZR_IR_BITCAST, /* between an integer and a number of the same size */
  /* Memory. */
  LZR_IR_LOAD,  /* from a; sub: enum lzr_ir_order */
  LZR_IR_STORE, /* a to b; sub: enum lzr_ir_order */
  LZR_IR_GEP,   /* a + c, a number as int32_t, + the sum of items' values, which
                   are signed, each times its number */
  LZR_IR_ALLOCATE,     /* a times c bytes on the stack, c a number */
  LZR_IR_COPY_MEMORY,  /* c bytes, a number up to LZR_IR_INLINE_BYTES, from b to
                          a;  they may be the same but not overlap otherwise */
  LZR_IR_CLEAR_MEMORY, /* c bytes, a number as above, at a */
  LZR_IR_EXCHANGE_ADD, /* atomic: adds b to the integer at a, result the old */
  LZR_IR_EXCHANGE,
  LZR_IR_COMPARE_EXCHANGE, /* at a, b is expected, c comes; the result is { old,
                              i1 }, count the offset of the second */
  LZR_IR_UPDATE, /* sub: LZR_IR_AND, OR or XOR with b of the integer at a,
                    atomic, without a result */
  LZR_IR_FENCE,  /* sub: enum lzr_ir_order */

  LZR_IR_SAVE_STACK,
  LZR_IR_RESTORE_STACK,   /* a */
  LZR_IR_START_ARGUMENTS, /* va_start of the list at a */
  LZR_IR_COPY_ARGUMENTS,  /* va_copy of the list at b to a */
  /* Aggregates. */
  LZR_IR_EXTRACT, /* of a, at offset c */
  LZR_IR_INSERT,  /* a, with b at offset c */
  /* Control. */
  LZR_IR_SELECT, /* a ? b : c */
  LZR_IR_PHI,    /* list: values and the blocks they come from */
  LZR_IR_INVOKE, /* a CALL that ends its block: goes on in block b, or, if an
                    exception comes, in block c, whose first instruction behind
                    phis is a LANDING_PAD */
  LZR_IR_LANDING_PAD, /* the result is { exception, selector }; list: catch
                         clauses, each a number of catches; sub: it cleans up */
  LZR_IR_CALL, /* a; list: arguments, with enum lzr_ir_passing; sub: the callee
                  takes variable arguments */
  LZR_IR_TRAP,
  LZR_IR_UNREACHABLE,
  LZR_IR_RETURN,    /* a, or 0 */
  LZR_IR_BRANCH,    /* to block b */
  LZR_IR_BRANCH_IF, /* a: to block b, otherwise c */
  LZR_IR_SWITCH     /* a; list: constants and blocks; otherwise to block b */
};

/* What order an access has among others. */
enum lzr_ir_order {
  LZR_IR_PLAIN,
  LZR_IR_VOLATILE,
  LZR_IR_ATOMIC, /* a weaker order than: */
  LZR_IR_SEQUENTIAL
};

/* What a generator copies or clears without a call, at most. */
enum { LZR_IR_INLINE_BYTES = 128 };

enum lzr_ir_condition {
  LZR_IR_EQUAL,
  LZR_IR_NOT_EQUAL,
  LZR_IR_UNSIGNED_GREATER,
  LZR_IR_UNSIGNED_GREATER_EQUAL,
  LZR_IR_UNSIGNED_LESS,
  LZR_IR_UNSIGNED_LESS_EQUAL,
  LZR_IR_SIGNED_GREATER,
  LZR_IR_SIGNED_GREATER_EQUAL,
  LZR_IR_SIGNED_LESS,
  LZR_IR_SIGNED_LESS_EQUAL
};

/* "ordered" is false, "unordered" true if an operand is not a number. */
enum lzr_ir_fcondition {
  LZR_IR_ORDERED_EQUAL,
  LZR_IR_ORDERED_GREATER,
  LZR_IR_ORDERED_GREATER_EQUAL,
  LZR_IR_ORDERED_LESS,
  LZR_IR_ORDERED_LESS_EQUAL,
  LZR_IR_ORDERED_NOT_EQUAL,
  LZR_IR_ORDERED,
  LZR_IR_UNORDERED,
  LZR_IR_UNORDERED_EQUAL,
  LZR_IR_UNORDERED_GREATER,
  LZR_IR_UNORDERED_GREATER_EQUAL,
  LZR_IR_UNORDERED_LESS,
  LZR_IR_UNORDERED_LESS_EQUAL,
  LZR_IR_UNORDERED_NOT_EQUAL
};

enum lzr_ir_overflow {
  LZR_IR_SIGNED_ADD,
  LZR_IR_UNSIGNED_ADD,
  LZR_IR_SIGNED_SUB,
  LZR_IR_UNSIGNED_SUB,
  LZR_IR_SIGNED_MUL,
  LZR_IR_UNSIGNED_MUL
};

/* How an argument is passed: a set of these. The layout of one passed by value
   is in the bits from LZR_IR_LAYOUT_SHIFT on. */
enum lzr_ir_passing {
  LZR_IR_PASS_ZERO_EXTENDED = 1,
  LZR_IR_PASS_SIGN_EXTENDED = 2,
  LZR_IR_PASS_BY_VALUE = 4, /* a copy of what the pointer points to */
  LZR_IR_PASS_RESULT = 8,   /* where the callee writes its result */
  LZR_IR_LAYOUT_SHIFT = 8
};

struct lzr_ir_item {
  uint32_t value;
  uint32_t number; /* what it is depends on the operation */
};

struct lzr_ir_instruction {
  uint8_t operation;
  uint8_t sub;
  uint32_t result; /* or 0 */
  uint32_t a, b, c;
  uint32_t list;  /* its first item */
  uint32_t count; /* of items */
};

struct lzr_ir_block {
  uint32_t first, end;   /* its instructions */
  uint32_t predecessors; /* edges that lead to it */
  bool has_phis;         /* they come first */
};

/* A function or variable that code mentions. */
struct lzr_ir_symbol {
  const char *name; /* as the linker sees it; borrowed */
  bool near;        /* code may reach it by a distance, without the GOT */
  bool weak;        /* if it is nowhere, its address is 0 */
  bool function;
  bool own;       /* the function that is being read */
  bool mentioned; /* not only to call it */
};

/* What a catch clause catches: the type whose description is at a symbol. */
struct lzr_ir_catch {
  bool all; /* or any type */
  uint32_t symbol;
};

struct lzr_ir_argument {
  uint32_t value;
  uint32_t passing;
};

struct lzr_ir {
  struct lzr_ir_value *values; /* each owned array has its count and capacity */
  struct lzr_ir_instruction *instructions;
  struct lzr_ir_item *items;
  struct lzr_ir_block *blocks;
  struct lzr_ir_symbol *symbols;
  struct lzr_ir_layout *layouts;
  struct lzr_ir_argument *arguments;
  uint32_t *locals;             /* values of kind LOCAL */
  struct lzr_ir_catch *catches; /* selectors are their numbers + 1 */
  size_t value_count, instruction_count, item_count, block_count, symbol_count,
      layout_count, argument_count, local_count, catch_count;
  size_t value_room, instruction_room, item_room, block_room, symbol_room,
      layout_room, argument_room, local_room, catch_room;
  struct lzr_ir_type result;
  uint32_t result_passing;
  bool variadic;
  bool has_personality;
  uint32_t personality; /* its symbol, if it has one */
  uint32_t symbol;      /* the function's own */
  uint32_t block;       /* that is being read */
  const char *refusal; /* why it cannot be compiled here, or NULL; static, or in
                          text */
  char text[256];
  bool out_of_memory;
};

/* Empties it for another function; keeps the memory. */
void lzr_ir_reset(struct lzr_ir *ir);
/* All zero is empty. */
void lzr_ir_fini(struct lzr_ir *ir);

/* These add an element and return its number. Without memory they set
   out_of_memory and return a number that exists; whoever reads must look before
   the function goes anywhere. */
uint32_t lzr_ir_add_value(struct lzr_ir *ir, enum lzr_ir_kind kind,
                          struct lzr_ir_type type);
uint32_t lzr_ir_add_integer(struct lzr_ir *ir, unsigned bits, int64_t number);
uint32_t lzr_ir_add_block(struct lzr_ir *ir);
/* Counts an edge that leads to a block. */
void lzr_ir_add_edge(struct lzr_ir *ir, uint32_t block);
uint32_t lzr_ir_add_symbol(struct lzr_ir *ir,
                           const struct lzr_ir_symbol *symbol);
uint32_t lzr_ir_add_layout(struct lzr_ir *ir,
                           const struct lzr_ir_layout *layout);
uint32_t lzr_ir_add_item(struct lzr_ir *ir, uint32_t value, uint32_t number);
void lzr_ir_add_argument(struct lzr_ir *ir, uint32_t value, uint32_t passing);
void lzr_ir_add_local(struct lzr_ir *ir, uint32_t value);
uint32_t lzr_ir_add_catch(struct lzr_ir *ir, const struct lzr_ir_catch *caught);

/* Adds an instruction to the block that is being read. The pointer is valid
   until the next one is added. If it has a result, that is of kind RESULT. */
struct lzr_ir_instruction *
lzr_ir_add(struct lzr_ir *ir, enum lzr_ir_operation operation, uint32_t result);

/* Counts a use by the block that is being read. */
void lzr_ir_use(struct lzr_ir *ir, uint32_t value);
/* The same, as an address. */
void lzr_ir_use_address(struct lzr_ir *ir, uint32_t value);
/* Counts a use at the end of a block, by a phi that control reaches from
   there. */
void lzr_ir_use_at_end(struct lzr_ir *ir, uint32_t value, uint32_t block);

/* Refuses the function; the first reason counts. reason is static. */
void lzr_ir_refuse(struct lzr_ir *ir, const char *reason);
/* The same, for a reason that has a name in it, which is cut if it is long. */
void lzr_ir_refuse_name(struct lzr_ir *ir, const char *what, const char *name);

static inline bool lzr_ir_is_integer(const struct lzr_ir *ir, uint32_t value) {
  return ir->values[value].type.class == LZR_IR_INTEGER;
}

static inline bool lzr_ir_is_constant(const struct lzr_ir *ir, uint32_t value) {
  return ir->values[value].kind == LZR_IR_CONSTANT;
}

#endif
