/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/walk.h"

#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/source_private.h"
#include "runtime/llvm/walk_private.h"
#include "tpc/base/memory.h"

/* Module flags. These change no function's code, or say what all units obey
   anyway. */
static bool is_known_flag(const char *key, size_t length) {
  static const char *const known[] = {"wchar_size",
                                      "PIC Level",
                                      "PIE Level",
                                      "uwtable",
                                      "frame-pointer",
                                      "Debug Info Version",
                                      "Dwarf Version",
                                      "ThinLTO",
                                      "EnableSplitLTOUnit",
                                      "UnifiedLTO",
                                      "CG Profile",
                                      "RtLibUseGOT",
                                      "MaxTLSAlign",
                                      "LTOPostLink",
                                      "Virtual Function Elim",
                                      "direct-access-external-data"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strlen(known[i]) == length && memcmp(known[i], key, length) == 0)
      return true;
  return false;
}

static bool are_flags_known(LLVMModuleRef module) {
  size_t count;
  bool known = true;
  LLVMModuleFlagEntry *flags = LLVMCopyModuleFlagsMetadata(module, &count);
  for (unsigned i = 0; i < count && known; i++) {
    size_t length;
    const char *key = LLVMModuleFlagEntriesGetKey(flags, i, &length);
    known = is_known_flag(key, length);
  }
  LLVMDisposeModuleFlagsMetadata(flags);
  return known;
}

lzr_error *lzr_walk_open(const lzr_source *source, lzr_walk **walk) {
  lzr_walk *made = calloc(1, sizeof *made);
  if (!made)
    return lzr_out_of_memory();
  made->source = source;
  made->layout = LLVMGetModuleDataLayout(source->module);
  made->module_known = are_flags_known(source->module);
  lzr_walk_find_attributes(made);
  if (!lzr_walk_find_intrinsics(made)) {
    lzr_walk_close(made);
    return lzr_out_of_memory();
  }
  *walk = made;
  return NULL;
}

void lzr_walk_close(lzr_walk *walk) {
  if (!walk)
    return;
  lzr_pointer_map_fini(&walk->intrinsics);
  lzr_pointer_map_fini(&walk->memo);
  free(walk);
}

/* Blocks get their numbers before their instructions, which mention them. */
static void add_blocks(struct lzr_walk *walk) {
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(walk->function); b;
       b = LLVMGetNextBasicBlock(b))
    lzr_walk_remember(walk, b, lzr_ir_add_block(walk->ir));
}

static void add_arguments(struct lzr_walk *walk) {
  struct lzr_ir *ir = walk->ir;
  unsigned index = 1;
  for (LLVMValueRef p = LLVMGetFirstParam(walk->function); p && !ir->refusal;
       p = LLVMGetNextParam(p), index++) {
    uint32_t passing = lzr_walk_passing(walk, index);
    uint32_t value = lzr_walk_define(walk, p);
    ir->values[value].kind = LZR_IR_ARGUMENT;
    lzr_ir_add_argument(ir, value, passing);
    if (passing & LZR_IR_PASS_RESULT)
      walk->result_pointer = value;
  }
}

/* What is in registers must be what LLVM puts there. */
static void describe_result(struct lzr_walk *walk) {
  struct lzr_ir *ir = walk->ir;
  LLVMTypeRef type = LLVMGlobalGetValueType(walk->function);
  ir->variadic = LLVMIsFunctionVarArg(type);
  ir->result = lzr_walk_type(walk, LLVMGetReturnType(type));
  ir->result_passing = lzr_walk_passing(walk, 0);
  if (ir->result.class == LZR_IR_AGGREGATE &&
      !ir->layouts[ir->result.layout].in_registers)
    lzr_ir_refuse(ir, "a result in many registers");
}

static void walk_block(struct lzr_walk *walk, LLVMBasicBlockRef block) {
  struct lzr_ir *ir = walk->ir;
  ir->blocks[ir->block].first = (uint32_t)ir->instruction_count;
  if (!LLVMGetBasicBlockTerminator(block))
    lzr_ir_refuse(ir, "a block without an end"); /* nobody has checked it */
  for (LLVMValueRef i = LLVMGetFirstInstruction(block); i && !ir->refusal;
       i = LLVMGetNextInstruction(i))
    lzr_walk_instruction(walk, i);
  ir->blocks[ir->block].end = (uint32_t)ir->instruction_count;
}

/* A phi uses its values where control comes from, which may be read later than
   the phi. */
static void use_in_phis(struct lzr_walk *walk) {
  struct lzr_ir *ir = walk->ir;
  for (size_t k = 0; k < ir->instruction_count; k++) {
    const struct lzr_ir_instruction *phi = &ir->instructions[k];
    if (phi->operation != LZR_IR_PHI)
      continue;
    for (uint32_t n = 0; n < phi->count; n++) {
      const struct lzr_ir_item *item = &ir->items[phi->list + n];
      lzr_ir_use_at_end(ir, item->value, item->number);
      lzr_walk_mention(walk, item->value);
    }
  }
}

static void walk_body(struct lzr_walk *walk) {
  struct lzr_ir *ir = walk->ir;
  ir->symbol = lzr_walk_symbol(walk, walk->function);
  add_blocks(walk);
  if (ir->out_of_memory)
    return;
  describe_result(walk);
  lzr_walk_personality(walk);
  add_arguments(walk);
  for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(walk->function);
       b && !ir->refusal && !ir->out_of_memory; b = LLVMGetNextBasicBlock(b)) {
    ir->block = lzr_walk_block(walk, b);
    walk_block(walk, b);
  }
  if (!ir->refusal && !ir->out_of_memory)
    use_in_phis(walk);
}

lzr_error *lzr_walk_function(lzr_walk *walk, LLVMValueRef function,
                             struct lzr_ir *ir) {
  walk->ir = ir;
  walk->function = function;
  walk->result_pointer = 0;
  lzr_pointer_map_clear(&walk->memo);
  lzr_walk_check_function(walk);
  if (!ir->refusal)
    walk_body(walk);
  return ir->out_of_memory ? lzr_out_of_memory() : NULL;
}
