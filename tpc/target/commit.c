/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/commit.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/target/actions.h"
#include "tpc/target/fork.h"
#include "tpc/target/machine.h"

static int membarrier(int command) {
  return (int)syscall(SYS_membarrier, command, 0, 0);
}

/* Makes every core discard the instructions that it has prefetched for a thread
   of this process. A process must register for this once. This function tries
   the call first and registers when it is refused, so it keeps no state, which
   a fork would make wrong. Kernels before 4.16 lack the call: there, threads
   that have not run since pick up the new code when they are next scheduled. */
static void synchronise_cores(void) {
  if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE) == 0 ||
      errno != EPERM)
    return;
  membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE);
  membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
}

/* A core needs this if it may have run other bytes at the same address; a core
   that may have prefetched always needs it. */
static bool needs_synchronising(const struct lzr_block *block) {
  return lzr_machine_fetches_ahead ? block->range[LZR_PROT_CODE] != NULL
                                   : block->reused_code;
}

/* Marks block as committed; fails if it is already. A failed commit leaves the
   mark: bytes may have been written by then, so the block can only be
   released. */
static lzr_error *begin(struct lzr_block *block) {
  bool committed;

  lzr_target_lock();
  committed = block->committed;
  block->committed = true;
  lzr_target_unlock();
  if (committed)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "an allocation is committed a second time");
  return NULL;
}

/* The session's first code, before which none runs. */
static lzr_error *prepare(struct lzr_memory *memory,
                          const struct lzr_commit *commit) {
  for (size_t i = 0; i < commit->action_count; i++)
    if (commit->actions[i].kind == LZR_ACTION_PERF_MAP)
      return lzr_memory_become_anonymous(memory);
  return NULL;
}

static lzr_error *fill_and_act(struct lzr_memory *memory,
                               struct lzr_block *block,
                               const struct lzr_commit *commit) {
  struct lzr_done_action *done = NULL;
  lzr_error *error;

  if (commit->action_count) {
    done = calloc(commit->action_count, sizeof *done);
    if (!done)
      return lzr_out_of_memory();
  }
  error =
      lzr_memory_fill(memory, block, commit->segments, commit->segment_count);
  if (!error)
    error = lzr_actions_run(block, commit->actions, commit->action_count, done);
  if (error) {
    free(done);
    return error;
  }
  block->done = done;
  block->done_count = commit->action_count;
  return NULL;
}

lzr_error *lzr_block_commit(struct lzr_memory *memory, struct lzr_block *block,
                            const struct lzr_commit *commit) {
  lzr_error *error =
      lzr_memory_check_stores(memory, commit->stores, commit->store_count);

  if (!error)
    error = begin(block);
  if (!error)
    error = prepare(memory, commit);
  if (!error)
    error = fill_and_act(memory, block, commit);
  if (error)
    return error;
  if (needs_synchronising(block))
    synchronise_cores();
  lzr_memory_store(commit->stores, commit->store_count);
  return NULL;
}

void lzr_block_release(struct lzr_memory *memory, struct lzr_block *block) {
  lzr_actions_undo(block->done, block->done_count);
  free(block->done);
  lzr_memory_free(memory, block);
}

void lzr_blocks_release(struct lzr_memory *memory) {
  struct lzr_block *block;

  while ((block = lzr_memory_newest(memory)))
    lzr_block_release(memory, block);
}
