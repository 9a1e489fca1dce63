/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What is in a frame, for the files that make it.
 */
#ifndef LZR_BASELINE_GENERATOR_FRAME_H
#define LZR_BASELINE_GENERATOR_FRAME_H

#include "runtime/baseline/generator/cache.h"

/* Says where the function's arguments are. Those in registers must stay there
   until the second one has been called. */
void lzr_gen_place_arguments(struct lzr_gen *g);
/* Refuses an argument, of the function or of a call, or a result, that the
   architecture passes in a way that is not known. They say whether it is known.
 */
bool lzr_gen_check_argument(struct lzr_gen *g, uint32_t value,
                            uint32_t passing);
bool lzr_gen_check_result(struct lzr_gen *g, struct lzr_ir_type type);

/* Gives local variables their places, and stores arguments. */
void lzr_gen_place_locals(struct lzr_gen *g);

/* Remembers that the last four bytes are to have the size of the room for
   arguments, which later calls may enlarge. */
void lzr_gen_note_outgoing(struct lzr_gen *g);

#endif
