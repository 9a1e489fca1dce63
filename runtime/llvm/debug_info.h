/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Debug information, divided among units so that little of it is repeated.
 *
 * Without this, every unit would hold all that its compile unit lists, and each
 * type that can be reached from a variable through any number of pointers: in C
 * programs, that is most types. Instead,
 *   - the compile unit's lists of types, variables and imports are in the
 *     module's data (group 0) only;
 *   - the first unit that reaches a structure through a pointer describes it.
 * In later units, pointers to it lead to a declaration, which debuggers resolve
 *     by name.
 */
#ifndef LZR_DEBUG_INFO_H
#define LZR_DEBUG_INFO_H

#include <llvm-c/DebugInfo.h>
#include <stdbool.h>

#include "runtime/llvm/pointer_map.h"
#include "tpc/base/error.h"

enum { LZR_UNIT_LISTS = 4 }; /* how many of a compile unit's lists are moved */

struct lzr_debug_unit {
  LLVMValueRef node;
  LLVMMetadataRef lists[LZR_UNIT_LISTS]; /* NULL where it has none */
};

/* All zero for a module without debug information. */
struct lzr_debug_info {
  LLVMContextRef context;       /* borrowed */
  LLVMDIBuilderRef builder;     /* owned */
  struct lzr_debug_unit *units; /* owned */
  unsigned unit_count;
  LLVMMetadataRef empty;               /* a list without elements */
  struct lzr_pointer_map seen;         /* nodes whose pointers have been cut */
  struct lzr_pointer_map declarations; /* structure to its declaration */
  LLVMMetadataRef *pending; /* owned; nodes of the last unit, not cut yet */
  size_t pending_count, pending_capacity;
};

lzr_error *lzr_debug_info_open(LLVMModuleRef module,
                               struct lzr_debug_info *info);
void lzr_debug_info_fini(struct lzr_debug_info *info);

/* To be called before anything is moved into unit. The unit before this one
   must have been compiled, because this changes its debug information. */
lzr_error *lzr_debug_info_begin(struct lzr_debug_info *info, LLVMModuleRef unit,
                                bool with_lists);

/* Records the nodes that function mentions, which is complete and in its
   unit. */
lzr_error *lzr_debug_info_note(struct lzr_debug_info *info,
                               LLVMValueRef function);

#endif
