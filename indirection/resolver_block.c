/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/resolver_block.h"

#include <stdlib.h>

#include "stubs/emit.h"
#include "tpc/base/memory.h"

/* The block's bytes in the controller. The constants are the two words, then
   the unwind information. */
struct image {
  uint8_t *code;
  size_t code_size;
  uint8_t *constants;
  size_t constant_size;
};

static lzr_error *write_image(const struct lzr_arch *arch,
                              const struct lzr_save_area *save,
                              const lzr_allocation *allocation,
                              lzr_addr context, struct image *image) {
  lzr_addr resolver = allocation->address[LZR_PROT_CODE];
  lzr_addr data = allocation->address[LZR_PROT_CONST];
  size_t unwind_at = arch->trampoline_data_size;
  lzr_error *error = arch->write_resolver(
      (struct lzr_place){image->code, resolver}, save, &image->code_size);
  if (error)
    return error;
  struct lzr_emitter words = {image->constants};
  lzr_emit_64(&words, context);
  lzr_emit_64(&words, resolver);
  size_t unwind_size = 0;
  struct lzr_place place = {image->constants + unwind_at, data + unwind_at};
  error = arch->write_resolver_unwind(place, resolver, image->code_size, save,
                                      &unwind_size);
  image->constant_size = unwind_at + unwind_size;
  return error;
}

static lzr_error *commit_image(lzr_tpc *tpc, const struct lzr_arch *arch,
                               lzr_allocation *allocation,
                               const struct image *image) {
  lzr_addr data = allocation->address[LZR_PROT_CONST];
  const struct lzr_segment segments[] = {
      {.address = allocation->address[LZR_PROT_CODE],
       .bytes = image->code,
       .byte_count = image->code_size},
      {.address = data,
       .bytes = image->constants,
       .byte_count = image->constant_size},
  };
  const struct lzr_action unwind = {
      .kind = LZR_ACTION_EH_FRAMES,
      .address = data + arch->trampoline_data_size,
      .size = image->constant_size - arch->trampoline_data_size};
  const struct lzr_commit commit = {.segments = segments,
                                    .segment_count = 2,
                                    .actions = &unwind,
                                    .action_count = 1};
  return lzr_tpc_commit(tpc, allocation, &commit);
}

static lzr_error *reserve(lzr_tpc *tpc, const struct lzr_arch *arch,
                          lzr_allocation **allocation) {
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->resolver_max_size,
               [LZR_PROT_CONST] = arch->trampoline_data_size +
                                  arch->resolver_unwind_max_size}};
  return lzr_tpc_reserve(tpc, &layout, allocation);
}

lzr_error *lzr_resolver_block_init(struct lzr_resolver_block *block,
                                   lzr_tpc *tpc, const struct lzr_arch *arch,
                                   lzr_addr context) {
  lzr_allocation *allocation = NULL;
  lzr_error *error = reserve(tpc, arch, &allocation);
  if (error)
    return error;
  struct image image = {.code = calloc(1, arch->resolver_max_size),
                        .constants =
                            calloc(1, arch->trampoline_data_size +
                                          arch->resolver_unwind_max_size)};
  if (!image.code || !image.constants)
    error = lzr_out_of_memory();
  if (!error)
    error = write_image(arch, &lzr_tpc_facts(tpc)->save_area, allocation,
                        context, &image);
  if (!error)
    error = commit_image(tpc, arch, allocation, &image);
  free(image.code);
  free(image.constants);
  if (error) {
    lzr_tpc_release(tpc, allocation);
    return error;
  }
  block->allocation = allocation;
  block->data = allocation->address[LZR_PROT_CONST];
  return NULL;
}

void lzr_resolver_block_fini(struct lzr_resolver_block *block, lzr_tpc *tpc) {
  lzr_tpc_release(tpc, block->allocation);
}
