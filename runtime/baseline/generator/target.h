/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What an architecture's generator differs in: registers, encoding, calling
 * convention, frame. Everything else of generator/ is the same for all.
 */
#ifndef LZR_BASELINE_GENERATOR_TARGET_H
#define LZR_BASELINE_GENERATOR_TARGET_H

#include <stddef.h>

#include "runtime/baseline/generator/place.h"
#include "runtime/baseline/ir.h"

struct lzr_gen;
struct lzr_code_function;

typedef const struct lzr_ir_instruction *lzr_gen_instruction;

/* Generates an instruction's code, counts its operands' uses as done and
   defines its result. */
typedef void (*lzr_gen_operation)(struct lzr_gen *g, lzr_gen_instruction i);

/* How many registers and how much of the stack the arguments so far take. */
struct lzr_gen_abi {
  uint32_t general, floating, stack;
};

struct lzr_gen_passed {
  uint8_t reg;     /* the first, for an aggregate; or LZR_GEN_NONE */
  uint32_t offset; /* on the stack, from the first argument there */
};

/* More on the stack is refused. */
enum { LZR_GEN_STACK_LIMIT = 1 << 20 };

/* The registers of a result's parts, in their order; LZR_GEN_NONE behind the
   last. */
struct lzr_gen_results {
  uint8_t regs[LZR_IR_PARTS];
};

/* A condition of the CPU's flags, or two. The lowest bit of a condition's
   number turns it into its opposite. */
enum lzr_gen_join { LZR_GEN_ALONE, LZR_GEN_AND, LZR_GEN_OR };

struct lzr_gen_test {
  uint8_t condition;
  uint8_t join; /* enum lzr_gen_join */
  uint8_t other;
};

struct lzr_gen_target {
  /* Sets of registers: those that values may be in, each of which a call may
     change; those in which results are; and two general ones in which no
     argument is. */
  uint32_t general, floating, results, helpers;
  uint8_t frame, stack;        /* bases of operands in memory */
  uint8_t callee;              /* has the address for an indirect call */
  uint8_t exception, selector; /* where an exception lands */
  uint8_t fill;                /* a byte between functions */
  uint8_t epilogue_tail;  /* bytes of the epilogue behind the frame's end */
  uint8_t result_parts;   /* of an aggregate, at most, in registers */
  uint8_t argument_parts; /* the same of one that is passed; may be 0 */
  bool copies_by_value;   /* an argument by value is a copy on the stack */
  bool extends_bits;      /* an i1 has zeros above as an argument or result */
  uint8_t argument_list;  /* bytes of a va_list */
  const uint8_t *conditions; /* by enum lzr_ir_condition */

  /* By enum lzr_ir_operation, those that generator/ does not have; NULL for
     what is refused. */
  const lzr_gen_operation *operations;
  size_t operation_count;

  /* Moves of size bytes: 1, 2, 4, 8, for floating point 4, 8 and 16. A general
     register gets zeros above. */
  void (*load)(struct lzr_gen *g, unsigned size, unsigned reg,
               struct lzr_gen_memory from);
  void (*store)(struct lzr_gen *g, unsigned size, unsigned reg,
                struct lzr_gen_memory to);
  void (*store_number)(struct lzr_gen *g, unsigned size, int32_t number,
                       struct lzr_gen_memory to);
  /* Stores an integer, sequentially consistent. If the architecture has the
     second, what is atomic is loaded and stored by these. */
  void (*store_in_order)(struct lzr_gen *g, uint32_t value,
                         struct lzr_gen_memory to);
  void (*load_in_order)(struct lzr_gen *g, struct lzr_ir_type type,
                        unsigned reg, struct lzr_gen_memory from);
  void (*address)(struct lzr_gen *g, unsigned reg, struct lzr_gen_memory of);
  void (*load_got)(struct lzr_gen *g, unsigned reg, uint32_t symbol);
  /* Sign-extends an entry of four bytes. */
  void (*load_entry)(struct lzr_gen *g, unsigned reg,
                     struct lzr_gen_memory from);
  void (*copy)(struct lzr_gen *g, unsigned to, unsigned from);
  void (*exchange)(struct lzr_gen *g, unsigned one, unsigned other);
  void (*zero)(struct lzr_gen *g, unsigned reg);
  void (*set)(struct lzr_gen *g, unsigned reg, int64_t number);
  /* A constant of any class but aggregate, in a register of its class. */
  void (*constant)(struct lzr_gen *g, const struct lzr_ir_value *value,
                   unsigned reg);

  /* Arithmetic of 64 bits. */
  void (*add)(struct lzr_gen *g, unsigned to, unsigned from);
  void (*unite)(struct lzr_gen *g, unsigned to, unsigned from);
  void (*shift)(struct lzr_gen *g, bool left, unsigned reg, unsigned distance);
  void (*multiply)(struct lzr_gen *g, unsigned reg, int32_t by);
  /* to = from + number, of 4 or 8 bytes. */
  void (*add_number)(struct lzr_gen *g, unsigned size, unsigned to,
                     unsigned from, int64_t number);
  /* Extends an integer of so many bits, in its register, to size, 4 or 8
     bytes. */
  void (*extend)(struct lzr_gen *g, unsigned reg, unsigned bits, bool is_signed,
                 unsigned size);

  /* Conditions. */
  void (*compare_number)(struct lzr_gen *g, unsigned size, unsigned reg,
                         int64_t number);
  struct lzr_gen_test (*set_flags)(struct lzr_gen *g,
                                   lzr_gen_instruction compare);
  struct lzr_gen_test (*test_bit)(struct lzr_gen *g, unsigned reg);
  /* Allocates a register, which gets 0 or 1 in its lowest byte. */
  unsigned (*flags_to_register)(struct lzr_gen *g, struct lzr_gen_test test);

  /* Jumps. The last four bytes hold the distance, which patch() writes: from
     base, behind those, to offset. Bytes that belong to no instruction are
     patched in the same way. */
  void (*jump)(struct lzr_gen *g);
  void (*jump_if)(struct lzr_gen *g, unsigned condition);
  void (*jump_to_register)(struct lzr_gen *g, unsigned reg);
  void (*table_address)(struct lzr_gen *g, unsigned reg); /* the same */
  void (*patch)(struct lzr_gen *g, uint32_t field, uint32_t base,
                uint32_t offset);
  /* A jump over code that comes next, up to 127 bytes; land() is called behind
     that, with what this has returned. */
  size_t (*skip_if)(struct lzr_gen *g, unsigned condition);
  void (*land)(struct lzr_gen *g, size_t skip);

  /* Where the next argument goes, and results. */
  struct lzr_gen_passed (*pass)(struct lzr_gen_abi *abi,
                                const struct lzr_ir *ir,
                                struct lzr_ir_type type, uint32_t passing);
  struct lzr_gen_results (*find_results)(const struct lzr_ir *ir,
                                         struct lzr_ir_type type);
  /* Calls a symbol, or, if it is NULL, what target->callee says. */
  void (*call)(struct lzr_gen *g, const struct lzr_ir_value *symbol,
               const struct lzr_gen_abi *abi, bool variadic);

  /* The frame. The size is written when it is known. */
  void (*prologue)(struct lzr_gen *g);
  void (*epilogue)(struct lzr_gen *g);
  void (*finish_frame)(struct lzr_gen *g);
};

#endif
