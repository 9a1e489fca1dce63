/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/actions.h"

#include "tpc/common/allocation.h"
#include "tpc/target/debug.h"
#include "tpc/target/profile.h"
#include "tpc/target/tls.h"
#include "tpc/target/unwind.h"

typedef lzr_error *(*run_function)(const struct lzr_block *block,
                                   struct lzr_done_action *done);
typedef void (*undo_function)(const struct lzr_done_action *done);

static void *pointer_to(lzr_addr address) {
  return (void *)(uintptr_t)address;
}

static lzr_error *run_eh_frames(const struct lzr_block *block,
                                struct lzr_done_action *done) {
  const struct lzr_action *action = &done->action;
  lzr_error *error = lzr_unwind_check(pointer_to(action->address), action->size,
                                      block->allocation.address[LZR_PROT_CODE],
                                      block->allocation.size[LZR_PROT_CODE]);

  return error ? error : lzr_unwind_register(pointer_to(action->address));
}

static void undo_eh_frames(const struct lzr_done_action *done) {
  lzr_unwind_deregister(pointer_to(done->action.address));
}

static lzr_error *run_debug_object(const struct lzr_block *block,
                                   struct lzr_done_action *done) {
  (void)block;
  return lzr_debug_register(pointer_to(done->action.address), done->action.size,
                            &done->state);
}

static void undo_debug_object(const struct lzr_done_action *done) {
  lzr_debug_deregister(done->state);
}

static lzr_error *run_tls(const struct lzr_block *block,
                          struct lzr_done_action *done) {
  const struct lzr_action *action = &done->action;
  const struct lzr_tls_template *template = pointer_to(action->address);

  if (action->address % _Alignof(struct lzr_tls_template) != 0 ||
      lzr_allocation_find(&block->allocation, action->address,
                          sizeof *template) != LZR_PROT_DATA)
    return lzr_error_create(
        LZR_ERROR_ARGUMENT,
        "a TLS template at 0x%llx is not aligned in the allocation's data",
        (unsigned long long)action->address);
  if (template->image_size &&
      lzr_allocation_find(&block->allocation, template->image,
                          template->image_size) == LZR_PROT_COUNT)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "the image of a TLS template, %llu bytes at "
                            "0x%llx, is not inside the allocation",
                            (unsigned long long)template->image_size,
                            (unsigned long long)template->image);
  return lzr_tls_check(template);
}

static void undo_tls(const struct lzr_done_action *done) {
  lzr_tls_drop(pointer_to(done->action.address));
}

static lzr_error *run_profile(const struct lzr_block *block,
                              struct lzr_done_action *done) {
  return lzr_profile_add(block, &done->action);
}

/* Profilers look at the past. */
static void undo_profile(const struct lzr_done_action *done) {
  (void)done;
}

static const struct {
  run_function run;
  undo_function undo;
} kinds[] = {
    [LZR_ACTION_EH_FRAMES] = {run_eh_frames, undo_eh_frames},
    [LZR_ACTION_DEBUG_OBJECT] = {run_debug_object, undo_debug_object},
    [LZR_ACTION_TLS] = {run_tls, undo_tls},
    [LZR_ACTION_PERF_MAP] = {run_profile, undo_profile},
    [LZR_ACTION_JITDUMP] = {run_profile, undo_profile},
};

static lzr_error *run_one(const struct lzr_block *block,
                          const struct lzr_action *action,
                          struct lzr_done_action *done) {
  lzr_error *error = lzr_allocation_check_action(&block->allocation, action);

  *done = (struct lzr_done_action){.action = *action};
  return error ? error : kinds[action->kind].run(block, done);
}

lzr_error *lzr_actions_run(const struct lzr_block *block,
                           const struct lzr_action *actions, size_t count,
                           struct lzr_done_action *done) {
  for (size_t i = 0; i < count; i++) {
    lzr_error *error = run_one(block, &actions[i], &done[i]);

    if (error) {
      lzr_actions_undo(done, i);
      return error;
    }
  }
  return NULL;
}

void lzr_actions_undo(const struct lzr_done_action *done, size_t count) {
  while (count-- > 0)
    kinds[done[count].action.kind].undo(&done[count]);
}
