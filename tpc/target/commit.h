/*
 * The one transaction on a target's memory, and its end. See lzr_tpc_commit
 * and lzr_tpc_release, whose promises these keep in this process.
 */
#ifndef LZR_TARGET_COMMIT_H
#define LZR_TARGET_COMMIT_H

#include "tpc/target/memory.h"

lzr_error *lzr_block_commit(struct lzr_memory *memory, struct lzr_block *block,
                            const struct lzr_commit *commit);

/* Takes block. */
void lzr_block_release(struct lzr_memory *memory, struct lzr_block *block);

/* Newest first: later ones may lean on earlier ones. No other thread may use
   memory. */
void lzr_blocks_release(struct lzr_memory *memory);

#endif
