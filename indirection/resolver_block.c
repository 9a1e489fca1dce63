/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "indirection/resolver_block.h"

#include <stdlib.h>

#include "stubs/debug_file.h"
#include "stubs/emit.h"
#include "tpc/base/memory.h"

/* What debuggers call the resolver. */
static const char resolver_name[] = "lazyrun_resolver";

/* The block's bytes in the controller. The constants are the two words, then
   the unwind information, then the file for debuggers. */
struct image {
  uint8_t *code;
  size_t code_size;
  uint8_t *constants;
  size_t unwind_size, debug_at, debug_size;
};

/* Behind the two words and so much unwind information. */
static size_t debug_offset(const struct lzr_arch *arch, size_t unwind_size) {
  return (arch->trampoline_data_size + unwind_size + 7) & ~(size_t)7;
}

static struct lzr_debug_content debug_content(size_t unwind_size) {
  return (struct lzr_debug_content){.unwind_size = unwind_size,
                                    .symbol_count = 1,
                                    .names_size = sizeof resolver_name};
}

static size_t max_constants(const struct lzr_arch *arch) {
  struct lzr_debug_content content =
      debug_content(arch->resolver_unwind_max_size);
  return debug_offset(arch, arch->resolver_unwind_max_size) +
         lzr_debug_file_size(&content);
}

static void write_debug_file(const struct lzr_arch *arch, lzr_addr resolver,
                             lzr_addr unwind, struct image *image) {
  struct lzr_debug_content content = debug_content(image->unwind_size);
  struct lzr_debug_symbols symbols;
  content.code = resolver;
  content.code_size = image->code_size;
  content.unwind = unwind;
  content.unwind_bytes = image->constants + arch->trampoline_data_size;
  image->debug_at = debug_offset(arch, image->unwind_size);
  image->debug_size = lzr_debug_file_size(&content);
  lzr_debug_file_write(&content, arch, image->constants + image->debug_at,
                       &symbols);
  lzr_debug_file_add(&symbols, resolver_name, resolver, image->code_size);
}

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
  struct lzr_place place = {image->constants + unwind_at, data + unwind_at};
  error = arch->write_resolver_unwind(place, resolver, image->code_size, save,
                                      &image->unwind_size);
  if (!error)
    write_debug_file(arch, resolver, place.address, image);
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
       .byte_count = image->debug_at + image->debug_size},
  };
  const struct lzr_action actions[] = {
      {.kind = LZR_ACTION_EH_FRAMES,
       .address = data + arch->trampoline_data_size,
       .size = image->unwind_size},
      {.kind = LZR_ACTION_DEBUG_OBJECT,
       .address = data + image->debug_at,
       .size = image->debug_size},
  };
  /* LLVM's executors cannot take back what a debugger has been shown. */
  bool shows = !lzr_tpc_facts(tpc)->dispatch_function;
  const struct lzr_commit commit = {.segments = segments,
                                    .segment_count = 2,
                                    .actions = actions,
                                    .action_count = shows ? 2 : 1};
  return lzr_tpc_commit(tpc, allocation, &commit);
}

static lzr_error *reserve(lzr_tpc *tpc, const struct lzr_arch *arch,
                          lzr_allocation **allocation) {
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->resolver_max_size,
               [LZR_PROT_CONST] = max_constants(arch)}};
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
                        .constants = calloc(1, max_constants(arch))};
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
