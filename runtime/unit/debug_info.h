/*
 * Debug information, divided among units so that little of it is repeated.
 *
 * Left alone, every unit would carry all that its compile unit lists, and each
 * type that can be reached from a variable through any number of pointers: with
 * C programs, most types there are. Instead,
 *   - the compile unit's lists of types, variables and imports come with the
 *     module's data (group 0), and only with it;
 *   - a structure that is reached through a pointer is described by the first
 *     unit that does so. After that pointers to it lead to a declaration
 *     instead, which debuggers resolve by name.
 */
#ifndef LZR_DEBUG_INFO_H
#define LZR_DEBUG_INFO_H

#include <llvm-c/DebugInfo.h>
#include <stdbool.h>

#include "runtime/unit/pointer_map.h"
#include "tpc/error.h"

enum { LZR_UNIT_LISTS = 4 }; /* a compile unit's lists that are taken off */

struct lzr_compile_unit {
  LLVMValueRef node;
  LLVMMetadataRef lists[LZR_UNIT_LISTS]; /* NULL where it has none */
};

/* All zero is that of a module without any. */
struct lzr_debug_info {
  LLVMContextRef context;         /* borrowed */
  LLVMDIBuilderRef builder;       /* owned */
  struct lzr_compile_unit *units; /* owned */
  unsigned unit_count;
  LLVMMetadataRef empty;               /* a list of nothing */
  struct lzr_pointer_map seen;         /* nodes whose pointers have been cut */
  struct lzr_pointer_map declarations; /* structure to its declaration */
  LLVMMetadataRef *pending; /* owned; nodes of the last unit, yet to be cut */
  size_t pending_count, pending_capacity;
};

lzr_error *lzr_debug_info_open(LLVMModuleRef module,
                               struct lzr_debug_info *info);
void lzr_debug_info_fini(struct lzr_debug_info *info);

/* Before anything is moved into unit. The unit made before this one must have
   been compiled: its debug information changes now. */
lzr_error *lzr_debug_info_begin(struct lzr_debug_info *info, LLVMModuleRef unit,
                                bool with_lists);

/* Notes what function, whole and in its unit, mentions. */
lzr_error *lzr_debug_info_note(struct lzr_debug_info *info,
                               LLVMValueRef function);

#endif
