/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a first call's job does.
 */
#ifndef LZR_BUILD_CALL_H
#define LZR_BUILD_CALL_H

#include "runtime/build/unit.h"

enum { LZR_MAX_UNIT_GROUPS = 32 };

/* The job of a group: builds the data, or the function that was called together
   with functions that are certain to be called as well. Of a lazy module it
   asks for the code, which has groups of its own. */
void lzr_build_call(void *owner, unsigned thread, struct lzr_job *job);

/* Demands that a FUNCTION is compiled: from another module's definition, if
   that replaces this one before it is compiled, or if this one is lazy and its
   code comes now. *body is 0 if it has turned into something else. Not from a
   compile thread. */
lzr_error *lzr_build_function(struct lzr_builder *builder,
                              const struct lzr_symbol *symbol, lzr_addr *body);

/* Ends the job of a group that was claimed. Takes error. */
void lzr_build_finish(struct lzr_builder *builder, struct lzr_group *group,
                      lzr_error *error);

/* Builds these groups of one module as one unit: at most LZR_MAX_UNIT_GROUPS,
   and none of them the data. If a group after the first cannot be linked and
   failures (count elements, all NULL) is given, the group's error goes there,
   owned, and the other groups are built without it; groups is changed. On a
   compile thread. */
lzr_error *lzr_build_groups(struct lzr_builder *builder, unsigned thread,
                            struct lzr_input *input, uint32_t *groups,
                            size_t count, bool strict, lzr_error **failures);

#endif
