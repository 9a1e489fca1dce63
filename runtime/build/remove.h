/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Takes modules out of libraries again, and replaces definitions. No job runs
 * meanwhile, so compile threads never see a half of it.
 */
#ifndef LZR_BUILD_REMOVE_H
#define LZR_BUILD_REMOVE_H

#include "runtime/build/builder.h"

/* Refuses, by a sentence, a module that cannot be removed. Not from a compile
   thread, as the next two. */
lzr_error *lzr_build_check_removal(struct lzr_builder *builder,
                                   struct lzr_input *input);

/* Checks, and removes the module with all that it has in the target. Takes
   input, unless it fails. */
lzr_error *lzr_build_remove(struct lzr_builder *builder,
                            struct lzr_input *input);

/* Enters an input whose strong definitions prevail over those that are there.
   Takes input, also when it fails. */
lzr_error *lzr_build_replace(struct lzr_builder *builder,
                             struct lzr_input *input);

#endif
