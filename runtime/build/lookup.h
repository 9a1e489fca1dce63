/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Looks names up for a client or the platform. A lookup is a job, because
 * finding a name may mean bringing a module's data in.
 */
#ifndef LZR_BUILD_LOOKUP_H
#define LZR_BUILD_LOOKUP_H

#include "runtime/build/builder.h"

/* Finds the address of a name as input sees it (NULL: as library does). If the
   name is a function that will be called with signature (NULL: anything goes),
   checks it against that. Not from a compile thread. */
lzr_error *lzr_look_up(struct lzr_builder *builder, struct lzr_library *library,
                       struct lzr_input *input, const char *name,
                       const struct lzr_signature *signature,
                       lzr_addr *address);

/* What a name stands for, behind all aliases: a function of a module, whose
   input is pinned, so that the symbol stays; else NULL. */
struct lzr_pinned_function {
  struct lzr_symbol *symbol;
  struct lzr_input *input;
};

/* Finds the addresses of several names with one search, and pins the functions
   (functions: one for each name; NULL: none). If it fails, none is pinned. A
   name that is nowhere
   has address 0; if it is required, that is an error, a line for each. Not from
   a compile thread. */
lzr_error *lzr_look_up_all(struct lzr_builder *builder,
                           struct lzr_library *library, struct lzr_name *names,
                           size_t count, struct lzr_pinned_function *functions);

/* Searches for all names that modules mention and do not define, which adds
   members of archives. Not from a compile thread. */
lzr_error *lzr_ask_ahead(struct lzr_builder *builder,
                         struct lzr_library *library);

/* The job of an import: searches again, because modules may have been added
   since. */
void lzr_search_import(void *owner, unsigned thread, struct lzr_job *job);

#endif
