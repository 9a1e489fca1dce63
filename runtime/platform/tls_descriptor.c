/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The function of TLS descriptors, where the target's architecture has them:
 * one function for all units, followed by its unwind information.
 */
#include "runtime/platform/tls_descriptor.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

struct bytes {
  uint8_t *code, *unwind; /* owned */
  size_t code_size, unwind_size;
};

static lzr_error *write_bytes(const struct lzr_platform *platform,
                              const lzr_allocation *allocation,
                              struct bytes *bytes) {
  const struct lzr_arch *arch = platform->arch;
  const struct lzr_save_area *save = &lzr_tpc_facts(platform->tpc)->save_area;
  lzr_addr code = allocation->address[LZR_PROT_CODE];
  lzr_addr unwind = allocation->address[LZR_PROT_CONST];
  bytes->code = calloc(1, arch->tls_descriptor_max_size);
  bytes->unwind = calloc(1, arch->tls_descriptor_unwind_max_size);
  if (!bytes->code || !bytes->unwind)
    return lzr_out_of_memory();
  lzr_error *error = arch->write_tls_descriptor(
      (struct lzr_place){bytes->code, code}, save, &bytes->code_size);
  return error ? error
               : arch->write_tls_descriptor_unwind(
                     (struct lzr_place){bytes->unwind, unwind}, code,
                     bytes->code_size, save, &bytes->unwind_size);
}

static lzr_error *commit_bytes(struct lzr_platform *platform,
                               lzr_allocation *allocation,
                               const struct bytes *bytes) {
  const struct lzr_segment segments[] = {
      {.address = allocation->address[LZR_PROT_CODE],
       .bytes = bytes->code,
       .byte_count = bytes->code_size},
      {.address = allocation->address[LZR_PROT_CONST],
       .bytes = bytes->unwind,
       .byte_count = bytes->unwind_size}};
  const struct lzr_action action = {.kind = LZR_ACTION_EH_FRAMES,
                                    .address =
                                        allocation->address[LZR_PROT_CONST],
                                    .size = bytes->unwind_size};
  const struct lzr_commit commit = {.segments = segments,
                                    .segment_count = 2,
                                    .actions = &action,
                                    .action_count = 1};
  return lzr_tpc_commit(platform->tpc, allocation, &commit);
}

lzr_error *lzr_platform_make_tls_descriptor(struct lzr_platform *platform) {
  const struct lzr_arch *arch = platform->arch;
  if (arch->tls_descriptor_max_size == 0 ||
      lzr_tpc_facts(platform->tpc)->tls_get_addr == 0)
    return NULL;
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->tls_descriptor_max_size,
               [LZR_PROT_CONST] = arch->tls_descriptor_unwind_max_size}};
  lzr_error *error =
      lzr_tpc_reserve(platform->tpc, &layout, &platform->tls_descriptor);
  if (error)
    return error;
  struct bytes bytes = {0};
  error = write_bytes(platform, platform->tls_descriptor, &bytes);
  if (!error)
    error = commit_bytes(platform, platform->tls_descriptor, &bytes);
  free(bytes.code);
  free(bytes.unwind);
  return error;
}
