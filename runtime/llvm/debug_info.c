/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/debug_info.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

#include "runtime/llvm/llvm_compat.h"
#include "tpc/base/memory.h"

/* The indexes of debug information nodes' operands. */
enum {
  TYPE_SCOPE = 1,
  TYPE_BASE = LZR_LLVM_OWN_OPERANDS,
  TYPE_ELEMENTS = TYPE_BASE + 1,
  TYPE_PARAMETERS = TYPE_BASE + 3, /* of a template */
  FIRST_LIST = 4 /* of a compile unit: enums, retained types, globals, imports.
                    Macros follow; they stay, because LLVM treats an empty list
                    of them as one that is not empty */
};

/* DWARF's numbers. */
enum {
  TAG_POINTER = 0x0f,
  TAG_REFERENCE = 0x10,
  TAG_STRUCTURE = 0x13,
  TAG_CLASS = 0x02,
  TAG_TYPEDEF = 0x16,
  TAG_UNION = 0x17,
  TAG_CONST = 0x26,
  TAG_VOLATILE = 0x35,
  TAG_RESTRICT = 0x37,
  TAG_RVALUE_REFERENCE = 0x42
};

/* The most typedefs and qualifiers between a pointer and a structure. */
enum { CHAIN_LIMIT = 8 };

static LLVMMetadataRef operand(const struct lzr_debug_info *info,
                               LLVMMetadataRef node, unsigned index) {
  LLVMValueRef value = LLVMMetadataAsValue(info->context, node);
  if (index >= LLVMGetMDNodeNumOperands(value))
    return NULL;
  value = LLVMGetOperand(value, index);
  return value ? LLVMValueAsMetadata(value) : NULL;
}

static void set_operand(const struct lzr_debug_info *info, LLVMMetadataRef node,
                        unsigned index, LLVMMetadataRef operand) {
  LLVMReplaceMDNodeOperandWith(LLVMMetadataAsValue(info->context, node), index,
                               operand);
}

/* Compile units. */

static void read_unit(struct lzr_debug_info *info, struct lzr_debug_unit *unit,
                      LLVMValueRef node) {
  unit->node = node;
  for (unsigned i = 0; i < LZR_UNIT_LISTS; i++)
    unit->lists[i] = operand(info, LLVMValueAsMetadata(node), FIRST_LIST + i);
}

lzr_error *lzr_debug_info_open(LLVMModuleRef module,
                               struct lzr_debug_info *info) {
  unsigned count = LLVMGetNamedMetadataNumOperands(module, "llvm.dbg.cu");
  LLVMValueRef *nodes = calloc((size_t)count + 1, sizeof *nodes);
  info->units = calloc((size_t)count + 1, sizeof *info->units);
  if (!nodes || !info->units) {
    free(nodes);
    return lzr_out_of_memory();
  }
  info->context = LLVMGetModuleContext(module);
  info->builder = LLVMCreateDIBuilderDisallowUnresolved(module);
  info->empty = LLVMMDNodeInContext2(info->context, NULL, 0);
  LLVMGetNamedMetadataOperands(module, "llvm.dbg.cu", nodes);
  for (unsigned i = 0; i < count; i++)
    read_unit(info, &info->units[info->unit_count++], nodes[i]);
  free(nodes);
  return NULL;
}

void lzr_debug_info_fini(struct lzr_debug_info *info) {
  if (info->builder)
    LLVMDisposeDIBuilder(info->builder);
  free(info->units);
  free(info->pending);
  lzr_pointer_map_fini(&info->seen);
  lzr_pointer_map_fini(&info->declarations);
}

static void set_lists(const struct lzr_debug_info *info,
                      const struct lzr_debug_unit *unit, bool present) {
  for (unsigned i = 0; i < LZR_UNIT_LISTS; i++)
    if (unit->lists[i])
      set_operand(info, LLVMValueAsMetadata(unit->node), FIRST_LIST + i,
                  present ? unit->lists[i] : info->empty);
}

/* Pointers to declarations. */

static bool is_structure(LLVMMetadataRef type) {
  unsigned tag = LLVMGetDINodeTag(type);
  return LLVMGetMetadataKind(type) == LLVMDICompositeTypeMetadataKind &&
         (tag == TAG_STRUCTURE || tag == TAG_CLASS || tag == TAG_UNION);
}

static bool is_pointer(LLVMMetadataRef type) {
  unsigned tag = LLVMGetDINodeTag(type);
  return tag == TAG_POINTER || tag == TAG_REFERENCE ||
         tag == TAG_RVALUE_REFERENCE;
}

static bool is_link(LLVMMetadataRef type) {
  unsigned tag = LLVMGetDINodeTag(type);
  return LLVMGetMetadataKind(type) == LLVMDIDerivedTypeMetadataKind &&
         (tag == TAG_TYPEDEF || tag == TAG_CONST || tag == TAG_VOLATILE ||
          tag == TAG_RESTRICT);
}

/* A structure without a name cannot be declared, and one that is a declaration
   already need not be. */
static bool can_declare(LLVMMetadataRef type) {
  size_t length;
  LLVMDITypeGetName(type, &length);
  return length && !(LLVMDITypeGetFlags(type) & LLVMDIFlagFwdDecl);
}

static LLVMMetadataRef create_declaration(const struct lzr_debug_info *info,
                                          LLVMMetadataRef type) {
  size_t length;
  const char *name = LLVMDITypeGetName(type, &length);
  LLVMMetadataRef scope = operand(info, type, TYPE_SCOPE);
  LLVMMetadataRef file = LLVMDIScopeGetFile(type);
  unsigned line = LLVMDITypeGetLine(type);
  if (LLVMGetDINodeTag(type) == TAG_UNION)
    return LLVMDIBuilderCreateUnionType(info->builder, scope, name, length,
                                        file, line, 0, 0, LLVMDIFlagFwdDecl,
                                        NULL, 0, 0, "", 0);
  return LLVMDIBuilderCreateStructType(info->builder, scope, name, length, file,
                                       line, 0, 0, LLVMDIFlagFwdDecl, NULL,
                                       NULL, 0, 0, NULL, "", 0);
}

static LLVMMetadataRef declaration_of(struct lzr_debug_info *info,
                                      LLVMMetadataRef type) {
  LLVMMetadataRef found = lzr_pointer_map_get(&info->declarations, type);
  if (found)
    return found;
  found = create_declaration(info, type);
  lzr_pointer_map_put(&info->declarations, type, found); /* else made again */
  return found;
}

/* Makes the same typedef or qualifier of another type. */
static LLVMMetadataRef relink(const struct lzr_debug_info *info,
                              LLVMMetadataRef link, LLVMMetadataRef base) {
  unsigned tag = LLVMGetDINodeTag(link);
  if (tag != TAG_TYPEDEF)
    return LLVMDIBuilderCreateQualifiedType(info->builder, tag, base);
  size_t length;
  const char *name = LLVMDITypeGetName(link, &length);
  return LLVMDIBuilderCreateTypedef(
      info->builder, base, name, length, LLVMDIScopeGetFile(link),
      LLVMDITypeGetLine(link), operand(info, link, TYPE_SCOPE), 0);
}

/* Makes pointer point to a declaration, if it points to a structure. */
static void cut(struct lzr_debug_info *info, LLVMMetadataRef pointer) {
  LLVMMetadataRef chain[CHAIN_LIMIT];
  size_t length = 0;
  LLVMMetadataRef type = operand(info, pointer, TYPE_BASE);
  while (type && is_link(type) && length < CHAIN_LIMIT) {
    chain[length++] = type;
    type = operand(info, type, TYPE_BASE);
  }
  if (!type || !is_structure(type) || !can_declare(type))
    return;
  type = declaration_of(info, type);
  while (length)
    type = relink(info, chain[--length], type);
  set_operand(info, pointer, TYPE_BASE, type);
}

/* The walk. */

static lzr_error *add_pending(struct lzr_debug_info *info,
                              LLVMMetadataRef node) {
  if (!node || lzr_pointer_map_get(&info->seen, node))
    return NULL;
  if (!lzr_pointer_map_put(&info->seen, node, node))
    return lzr_out_of_memory();
  LLVMMetadataRef *grown =
      lzr_array_reserve(info->pending, &info->pending_capacity,
                        info->pending_count + 1, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  info->pending = grown;
  info->pending[info->pending_count++] = node;
  return NULL;
}

/* Which operands of a node lead to types: bit i for operand i; all bits for a
   list. */
static unsigned operands_to_types(LLVMMetadataRef node) {
  switch (LLVMGetMetadataKind(node)) {
  case LLVMDIDerivedTypeMetadataKind:
    return 1u << TYPE_SCOPE | 1u << TYPE_BASE;
  case LLVMDICompositeTypeMetadataKind:
    return 1u << TYPE_SCOPE | 1u << TYPE_BASE | 1u << TYPE_ELEMENTS |
           1u << TYPE_PARAMETERS;
  case LLVMDISubroutineTypeMetadataKind:
    return 1u << TYPE_BASE;          /* the list of its types */
  case LLVMDISubprogramMetadataKind: /* scope, type, declaration, containing
                                        type, template parameters */
    return 1u << 1 | 1u << 4 | 1u << 6 | 1u << 8 | 1u << 9;
  case LLVMDILexicalBlockMetadataKind:
  case LLVMDILexicalBlockFileMetadataKind:
  case LLVMDITemplateTypeParameterMetadataKind:
  case LLVMDITemplateValueParameterMetadataKind:
    return 1u << 1;
  case LLVMDIGlobalVariableExpressionMetadataKind:
    return 1u << 0;
  case LLVMDILocalVariableMetadataKind:
  case LLVMDIGlobalVariableMetadataKind: /* scope, type */
    return 1u << 0 | 1u << 3;
  case LLVMMDTupleMetadataKind:
    return ~0u;
  default:
    return 0;
  }
}

static lzr_error *add_operands(struct lzr_debug_info *info,
                               LLVMMetadataRef node) {
  unsigned wanted = operands_to_types(node);
  if (!wanted)
    return NULL;
  LLVMValueRef value = LLVMMetadataAsValue(info->context, node);
  unsigned count = LLVMGetMDNodeNumOperands(value);
  lzr_error *error = NULL;
  for (unsigned i = 0; i < count && !error; i++)
    if (wanted == ~0u || (i < 32 && wanted >> i & 1))
      error = add_pending(info, operand(info, node, i));
  return error;
}

/* A pointer is cut only after the nodes that it leads to have been added. */
static lzr_error *cut_pending(struct lzr_debug_info *info) {
  lzr_error *error = NULL;
  while (info->pending_count && !error) {
    LLVMMetadataRef node = info->pending[--info->pending_count];
    error = add_operands(info, node);
    if (LLVMGetMetadataKind(node) == LLVMDIDerivedTypeMetadataKind &&
        is_pointer(node))
      cut(info, node);
  }
  return error;
}

static lzr_error *note_lists(struct lzr_debug_info *info,
                             const struct lzr_debug_unit *unit) {
  lzr_error *error = NULL;
  for (unsigned i = 0; i < LZR_UNIT_LISTS && !error; i++)
    error = add_pending(info, unit->lists[i]);
  return error;
}

lzr_error *lzr_debug_info_begin(struct lzr_debug_info *info, LLVMModuleRef unit,
                                bool with_lists) {
  lzr_error *error = cut_pending(info);
  for (unsigned i = 0; i < info->unit_count && !error; i++) {
    set_lists(info, &info->units[i], with_lists);
    LLVMAddNamedMetadataOperand(unit, "llvm.dbg.cu", info->units[i].node);
    if (with_lists)
      error = note_lists(info, &info->units[i]);
  }
  return error;
}

static lzr_error *note_variables(struct lzr_debug_info *info,
                                 LLVMValueRef instruction) {
  lzr_error *error = NULL;
  struct lzr_llvm_records records = lzr_llvm_records(instruction);
  LLVMMetadataRef variable;
  while (!error && (variable = lzr_llvm_next_variable(&records)))
    error = add_pending(info, variable);
  return error;
}

lzr_error *lzr_debug_info_note(struct lzr_debug_info *info,
                               LLVMValueRef function) {
  lzr_error *error = add_pending(info, LLVMGetSubprogram(function));
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block;
       block = LLVMGetNextBasicBlock(block))
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i && !error;
         i = LLVMGetNextInstruction(i))
      error = note_variables(info, i);
  return error;
}
