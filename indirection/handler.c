#include "indirection/handler.h"

#include <assert.h>

#include "stubs/emit.h"

/* Bytes, for any architecture; the constants begin with the context. */
enum { CODE_SIZE = 256, CONTEXT_SIZE = 32, UNWIND_SIZE = 128 };

static lzr_error *commit_thunk(lzr_tpc *tpc, const struct lzr_arch *arch,
                               lzr_allocation *allocation, uint64_t tag) {
  const struct lzr_target_facts *facts = lzr_tpc_facts(tpc);
  lzr_addr thunk = allocation->address[LZR_PROT_CODE];
  lzr_addr context = allocation->address[LZR_PROT_CONST];
  lzr_addr unwind = context + CONTEXT_SIZE;
  uint8_t code[CODE_SIZE], constants[CONTEXT_SIZE + UNWIND_SIZE];
  size_t caller, code_size, unwind_size;
  arch->write_dispatch((struct lzr_place){code, thunk}, &caller, &code_size);
  struct lzr_emitter words = {constants};
  lzr_emit_64(&words, thunk);
  lzr_emit_64(&words, facts->dispatch_function);
  lzr_emit_64(&words, facts->dispatch_context);
  lzr_emit_64(&words, tag);
  arch->write_dispatch_unwind((struct lzr_place){words.at, unwind}, thunk,
                              code_size, &unwind_size);
  const struct lzr_segment segments[] = {
      {.address = thunk, .bytes = code, .byte_count = code_size},
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
    lzr_tpc_set_caller(tpc, thunk + caller);
  return error;
}

static lzr_error *write_thunk(struct lzr_handler_entry *entry, lzr_tpc *tpc,
                              const struct lzr_arch *arch, uint64_t tag) {
  assert(arch->dispatch_max_size <= CODE_SIZE);
  assert(arch->dispatch_unwind_max_size <= UNWIND_SIZE);
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->dispatch_max_size,
               [LZR_PROT_CONST] =
                   CONTEXT_SIZE + arch->dispatch_unwind_max_size}};
  lzr_error *error = lzr_tpc_reserve(tpc, &layout, &entry->allocation);
  if (error)
    return error;
  entry->context = entry->allocation->address[LZR_PROT_CONST];
  error = commit_thunk(tpc, arch, entry->allocation, tag);
  if (error)
    lzr_handler_entry_fini(entry, tpc);
  return error;
}

lzr_error *lzr_handler_entry_init(struct lzr_handler_entry *entry, lzr_tpc *tpc,
                                  const struct lzr_arch *arch,
                                  lzr_handler handler, void *data) {
  lzr_addr context = 0;
  entry->allocation = NULL;
  lzr_error *error = lzr_tpc_add_handler(tpc, handler, data, &context);
  if (error)
    return error;
  entry->context = context;
  return lzr_tpc_facts(tpc)->dispatch_function
             ? write_thunk(entry, tpc, arch, context)
             : NULL;
}

void lzr_handler_entry_fini(struct lzr_handler_entry *entry, lzr_tpc *tpc) {
  if (entry->allocation)
    lzr_tpc_release(tpc, entry->allocation);
  entry->allocation = NULL;
}
