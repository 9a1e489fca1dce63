/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Aliases: names for something that has a name of its own.
 */
#ifndef LZR_ALIAS_H
#define LZR_ALIAS_H

#include "runtime/llvm/source_private.h"

/* Whether this module's definition prevails. If prevails is NULL, all do. */
bool lzr_prevails_ask(const struct lzr_prevails *prevails,
                      const struct lzr_definition *definition);

/*
 * Whether a global is an alias that will always have the address of the
 * definition it stands for, or an address a fixed number of bytes behind it, so
 * that code may mention either of the two. Asks prevails about weak data, for
 * which the answer is then final. Does not ask about functions: an alias of a
 * function that another module's definition may still replace does not count.
 */
bool lzr_alias_is_other_name(const lzr_source *source,
                             const struct lzr_prevails *prevails,
                             LLVMValueRef global);

#endif
