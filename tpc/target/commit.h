/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The transaction that commits memory of a target, and its undoing on release.
 * They keep the promises of lzr_tpc_commit and lzr_tpc_release in this process.
 */
#ifndef LZR_TARGET_COMMIT_H
#define LZR_TARGET_COMMIT_H

#include "tpc/target/memory.h"

lzr_error *lzr_block_commit(struct lzr_memory *memory, struct lzr_block *block,
                            const struct lzr_commit *commit);

/* Takes block. */
void lzr_block_release(struct lzr_memory *memory, struct lzr_block *block);

/* Releases the newest blocks first, because later ones may depend on earlier
   ones. No other thread may use memory. */
void lzr_blocks_release(struct lzr_memory *memory);

#endif
