/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds functions that cannot be compiled apart from their module's data,
 * because of their bodies or attributes.
 *
 * Bodies are read only if the module's own records give a reason to. A module
 * without such functions costs nothing here.
 */
#ifndef LZR_TOGETHER_H
#define LZR_TOGETHER_H

#include <llvm-c/Types.h>
#include <stdbool.h>
#include <stddef.h>

#include "runtime/llvm/read.h"

struct lzr_together {
  const struct lzr_body_reader
      *reader;               /* borrowed; NULL if no body has to be read */
  bool defines_for_assembly; /* the module's assembly defines macros or symbols
                                that are constants */
  bool types_in_front;       /* functions may have their type in front */
  unsigned kcfi_type, func_sanitize; /* metadata attachments */
  const char **sections; /* owned; the names X for which the module mentions
                            __start_X or __stop_X; borrowed */
  size_t section_count;
};

/* False without memory. */
bool lzr_together_init(struct lzr_together *together, LLVMModuleRef module,
                       const struct lzr_body_reader *reader);
void lzr_together_fini(struct lzr_together *together);

/*
 * Whether a function that the module defines must be compiled with its data:
 *   - its assembly may use macros or constants of the module's assembly;
 *   - its assembly adds to a section that the module walks through;
 *   - it has data in front of its code, so its address must be the code's;
 *     *data_in_front says whether it has.
 */
bool lzr_together_with_data(const struct lzr_together *together,
                            LLVMValueRef function, bool *data_in_front);

/* Whether assembly of the function, whose body has been read, names the
   section. */
bool lzr_together_adds_to(LLVMValueRef function, const char *section);

#endif
