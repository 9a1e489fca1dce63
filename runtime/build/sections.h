/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Named sections that several modules of a library have parts of. Only for the
 * thread that has the turn to bring data in.
 */
#ifndef LZR_BUILD_SECTIONS_H
#define LZR_BUILD_SECTIONS_H

#include "runtime/build/builder.h"
#include "runtime/symbols/search.h"

/* Tells the linker to place those sections of the object of input's data that
   other modules of the library have as well beside theirs. */
lzr_error *lzr_sections_fix(struct lzr_builder *builder,
                            struct lzr_input *input, struct lzr_object *object);

/* Adds to the asker's needs the data of the modules whose sections are placed
   together with input's. */
lzr_error *lzr_sections_need(const struct lzr_builder *builder,
                             const struct lzr_input *input,
                             struct lzr_asker *asker);

/* Refuses to remove an input whose section lies together with others'. Under
   the symbols' lock. */
lzr_error *lzr_sections_check_removal(const struct lzr_builder *builder,
                                      const struct lzr_input *input);

/* Finds from where to where the library's divided sections lie; returns false
   if it has none. Under the symbols' lock. */
bool lzr_sections_extent(const struct lzr_builder *builder,
                         const struct lzr_library *library, lzr_addr *start,
                         lzr_addr *end);

#endif
