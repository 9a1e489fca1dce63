/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/handler.h"

#include <assert.h>

#include "stubs/emit.h"

/* In bytes, enough for every architecture. The constants begin with the
   context. */
enum { CODE_SIZE = 256, CONTEXT_SIZE = 32, UNWIND_SIZE = 128 };

static lzr_error *commit_thunk(lzr_tpc *tpc, const struct lzr_arch *arch,
                               lzr_allocation *allocation, uint64_t tag) {
  const struct lzr_target_facts *facts = lzr_tpc_facts(tpc);
  lzr_addr thunk = allocation->address[LZR_PROT_CODE];
  lzr_addr context = allocation->address[LZR_PROT_CONST];
  lzr_addr unwind = context + CONTEXT_SIZE;
  uint8_t code[CODE_SIZE], constants[CONTEXT_SIZE + UNWIND_SIZE];
  struct lzr_dispatch dispatch;
  size_t unwind_size;
  arch->write_dispatch((struct lzr_place){code, thunk}, &dispatch);
  struct lzr_emitter words = {constants};
  lzr_emit_64(&words, thunk);
  lzr_emit_64(&words, facts->dispatch_function);
  lzr_emit_64(&words, facts->dispatch_context);
  lzr_emit_64(&words, tag);
  arch->write_dispatch_unwind((struct lzr_place){words.at, unwind}, thunk,
                              dispatch.size, &unwind_size);
  const struct lzr_segment segments[] = {
      {.address = thunk, .bytes = code, .byte_count = dispatch.size},
      {.address = context,
       .bytes = constants,
       .byte_count = CONTEXT_SIZE + unwind_size}};
  const struct lzr_action action = {LZR_ACTION_EH_FRAMES, unwind, unwind_size};
  const struct lzr_commit commit = {.segments = segments,
                                    .segment_count = 2,
                                    .actions = &action,
                                    .action_count = 1};
  lzr_error *error = lzr_tpc_commit(tpc, allocation, &commit);
  if (!error)
    lzr_tpc_set_helpers(tpc, &(struct lzr_helpers){thunk + dispatch.caller,
                                                   thunk + dispatch.copier});
  return error;
}

/* The TPC keeps addresses of this code as long as it lives, so the allocation
   is released only with the TPC. */
static lzr_error *write_thunk(lzr_tpc *tpc, const struct lzr_arch *arch,
                              uint64_t tag, lzr_addr *context) {
  assert(arch->dispatch_max_size <= CODE_SIZE);
  assert(arch->dispatch_unwind_max_size <= UNWIND_SIZE);
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->dispatch_max_size,
               [LZR_PROT_CONST] =
                   CONTEXT_SIZE + arch->dispatch_unwind_max_size}};
  lzr_allocation *allocation = NULL;
  lzr_error *error = lzr_tpc_reserve(tpc, &layout, &allocation);
  if (error)
    return error;
  *context = allocation->address[LZR_PROT_CONST];
  error = commit_thunk(tpc, arch, allocation, tag);
  if (error)
    lzr_tpc_release(tpc, allocation);
  return error;
}

lzr_error *lzr_handler_add(lzr_tpc *tpc, const struct lzr_arch *arch,
                           lzr_handler handler, void *data, lzr_addr *context) {
  lzr_error *error = lzr_tpc_add_handler(tpc, handler, data, context);
  if (error || !lzr_tpc_facts(tpc)->dispatch_function)
    return error;
  return write_thunk(tpc, arch, *context, context);
}
