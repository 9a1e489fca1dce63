/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Builds functions of a source by the baseline generator, those that it knows
 * how to compile.
 */
#ifndef LZR_LLVM_QUICK_H
#define LZR_LLVM_QUICK_H

#include "runtime/llvm/compiler.h"
#include "runtime/llvm/source.h"

typedef struct lzr_quick lzr_quick;

/* Both are borrowed; for one thread at a time. *quick is owned
   (lzr_quick_close()). */
lzr_error *lzr_quick_open(lzr_compiler *compiler, lzr_source *source,
                          lzr_quick **quick);
/* Accepts NULL. */
void lzr_quick_close(lzr_quick *quick);

/* Makes code of those groups of the request that it can, and lists the others
   in rest, which has room for all. Adds to the times in built. */
lzr_error *lzr_quick_build(lzr_quick *quick,
                           const struct lzr_build_request *request,
                           struct lzr_built *built, uint32_t *rest,
                           size_t *rest_count);

/* Adds that code to built->object, which is made if it is NULL. The names of
   its symbols are borrowed from the source. */
lzr_error *lzr_quick_finish(lzr_quick *quick,
                            const struct lzr_build_request *request,
                            struct lzr_built *built);

#endif
