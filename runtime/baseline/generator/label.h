/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Jumps to blocks, whose offsets are known only when all have been generated.
 */
#ifndef LZR_BASELINE_GENERATOR_LABEL_H
#define LZR_BASELINE_GENERATOR_LABEL_H

#include "runtime/baseline/generator/compare.h"

/* What target means: see struct lzr_gen_jump. */
void lzr_gen_jump_to(struct lzr_gen *g, uint32_t target);
void lzr_gen_jump_to_if(struct lzr_gen *g, unsigned condition, uint32_t target);
/* Jumps if the test's outcome is the wanted one. */
void lzr_gen_jump_on(struct lzr_gen *g, struct lzr_gen_test test, bool wanted,
                     uint32_t target);

/* Writes four bytes that will be the distance from base to target. */
void lzr_gen_put_distance(struct lzr_gen *g, uint32_t base, uint32_t target);

/* Gives the phis of a block the values that they have when control comes from
   the block that is generated, or from another one. */
void lzr_gen_copy_phis(struct lzr_gen *g, uint32_t from, uint32_t to);

/* The target of a jump to a block: itself, or code behind all blocks that
   copies its phis. The values that they get must not change any more. */
uint32_t lzr_gen_edge_to(struct lzr_gen *g, uint32_t to);

/* The offset of a target other than the epilogue, once it is known. */
uint32_t lzr_gen_offset_of(const struct lzr_gen *g, uint32_t target);

/* All blocks and edges have been generated, and an epilogue, if any, is at that
   offset. */
void lzr_gen_resolve_jumps(struct lzr_gen *g, uint32_t epilogue);

#endif
