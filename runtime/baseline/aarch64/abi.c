/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/aarch64/target.h"

enum { REGISTERS = 8 }; /* of each kind */

static struct lzr_gen_passed on_stack(struct lzr_gen_abi *abi, uint32_t size) {
  uint32_t offset = (abi->stack + 7) & ~7u;
  abi->stack = offset > LZR_GEN_STACK_LIMIT ? 2 * LZR_GEN_STACK_LIMIT
                                            : offset + ((size + 7) & ~7u);
  return (struct lzr_gen_passed){LZR_GEN_NONE, offset};
}

/* Registers that follow each other, or none; then later arguments have none
   either. */
static struct lzr_gen_passed in_registers(struct lzr_gen_abi *abi,
                                          uint32_t *taken, unsigned first,
                                          uint32_t count, uint32_t size) {
  if (*taken + count > REGISTERS) {
    *taken = REGISTERS;
    return on_stack(abi, size);
  }
  uint8_t reg = (uint8_t)(first + *taken);
  *taken += count;
  return (struct lzr_gen_passed){reg, 0};
}

struct lzr_gen_passed lzr_a64_pass(struct lzr_gen_abi *abi,
                                   const struct lzr_ir *ir,
                                   struct lzr_ir_type type, uint32_t passing) {
  uint32_t count = 1, size = 8;
  if (passing & LZR_IR_PASS_RESULT)
    return (struct lzr_gen_passed){LZR_A64_X8, 0};
  if (type.class == LZR_IR_AGGREGATE) {
    const struct lzr_ir_layout *layout = &ir->layouts[type.layout];
    count = layout->part_count;
    size = layout->size;
    type = layout->parts[0].type;
  }
  return lzr_gen_is_floating_type(type)
             ? in_registers(abi, &abi->floating, LZR_A64_V0, count, size)
             : in_registers(abi, &abi->general, LZR_A64_X0, count, size);
}

static uint8_t next_result(struct lzr_ir_type type, unsigned *general,
                           unsigned *floating) {
  return lzr_gen_is_floating_type(type) ? (uint8_t)(LZR_A64_V0 + (*floating)++)
                                        : (uint8_t)(LZR_A64_X0 + (*general)++);
}

struct lzr_gen_results lzr_a64_find_results(const struct lzr_ir *ir,
                                            struct lzr_ir_type type) {
  struct lzr_gen_results results;
  unsigned general = 0, floating = 0;
  for (unsigned k = 0; k < LZR_IR_PARTS; k++)
    results.regs[k] = LZR_GEN_NONE;
  if (type.class != LZR_IR_AGGREGATE) {
    results.regs[0] = next_result(type, &general, &floating);
    return results;
  }
  const struct lzr_ir_layout *layout = &ir->layouts[type.layout];
  for (unsigned k = 0; k < layout->part_count; k++)
    results.regs[k] = next_result(layout->parts[k].type, &general, &floating);
  return results;
}
