/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/x86_64/abi.h"

const uint8_t lzr_x64_argument_registers[6] = {LZR_RDI, LZR_RSI, LZR_RDX,
                                               LZR_RCX, LZR_R8,  LZR_R9};
enum { GENERAL = 6, XMM = 8 };

static struct lzr_gen_passed on_stack(struct lzr_gen_abi *abi, uint32_t size,
                                      uint32_t align) {
  uint32_t mask = (align < 8 ? 8 : align) - 1;
  uint32_t offset = (abi->stack + mask) & ~mask;
  abi->stack = size > LZR_GEN_STACK_LIMIT || offset > LZR_GEN_STACK_LIMIT
                   ? 2 * LZR_GEN_STACK_LIMIT
                   : offset + ((size + 7) & ~7u);
  return (struct lzr_gen_passed){LZR_GEN_NONE, offset};
}

struct lzr_gen_passed lzr_x64_pass(struct lzr_gen_abi *abi,
                                   const struct lzr_ir *ir,
                                   struct lzr_ir_type type, uint32_t passing) {
  if (passing & LZR_IR_PASS_BY_VALUE) {
    const struct lzr_ir_layout *layout =
        &ir->layouts[passing >> LZR_IR_LAYOUT_SHIFT];
    return on_stack(abi, layout->size, layout->align);
  }
  if (lzr_gen_is_floating_type(type))
    return abi->floating < XMM
               ? (struct lzr_gen_passed){(uint8_t)(LZR_XMM0 + abi->floating++),
                                         0}
               : on_stack(abi, 8, 8);
  return abi->general < GENERAL
             ? (struct lzr_gen_passed){lzr_x64_argument_registers
                                           [abi->general++],
                                       0}
             : on_stack(abi, 8, 8);
}

static uint8_t next_result(struct lzr_ir_type type, unsigned *general,
                           unsigned *xmm) {
  static const uint8_t regs[] = {LZR_RAX, LZR_RDX};
  return lzr_gen_is_floating_type(type) ? (uint8_t)(LZR_XMM0 + (*xmm)++)
                                        : regs[(*general)++];
}

struct lzr_gen_results lzr_x64_find_results(const struct lzr_ir *ir,
                                            struct lzr_ir_type type) {
  struct lzr_gen_results results = {{LZR_GEN_NONE, LZR_GEN_NONE}};
  unsigned general = 0, xmm = 0;
  if (type.class != LZR_IR_AGGREGATE) {
    results.regs[0] = next_result(type, &general, &xmm);
    return results;
  }
  const struct lzr_ir_layout *layout = &ir->layouts[type.layout];
  for (unsigned k = 0; k < layout->part_count; k++)
    results.regs[k] = next_result(layout->parts[k].type, &general, &xmm);
  return results;
}
