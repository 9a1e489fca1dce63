/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64: the functions that fill the fields of its struct lzr_arch, file by
 * file. stubs/arch.h says beside each field what its function does.
 */
#ifndef LZR_AARCH64_H
#define LZR_AARCH64_H

#include "stubs/arch.h"

extern const struct lzr_arch lzr_aarch64;

/* Bytes. */
#define LZR_AARCH64_STUB_SIZE 16
#define LZR_AARCH64_TRAMPOLINE_SIZE 16
#define LZR_AARCH64_TRAMPOLINE_TAIL_SIZE 24

/* stubs.c */
lzr_error *lzr_aarch64_write_stubs(struct lzr_place place, lzr_addr slots,
                                   size_t count);

/* trampolines.c */
lzr_error *lzr_aarch64_write_trampolines(struct lzr_place place, lzr_addr data,
                                         uint32_t first_index, size_t count);

/* resolver.c */
lzr_error *lzr_aarch64_write_resolver(struct lzr_place place,
                                      const struct lzr_save_area *save,
                                      size_t *size);
lzr_error *lzr_aarch64_write_resolver_unwind(struct lzr_place place,
                                             lzr_addr resolver,
                                             size_t resolver_size,
                                             const struct lzr_save_area *save,
                                             size_t *size);

/* tls.c */
lzr_error *lzr_aarch64_write_tls_descriptor(struct lzr_place place,
                                            const struct lzr_save_area *save,
                                            size_t *size);
lzr_error *lzr_aarch64_write_tls_descriptor_unwind(
    struct lzr_place place, lzr_addr code, size_t code_size,
    const struct lzr_save_area *save, size_t *size);

/* dispatch.c */
void lzr_aarch64_write_dispatch(struct lzr_place place,
                                struct lzr_dispatch *dispatch);
void lzr_aarch64_write_dispatch_unwind(struct lzr_place place, lzr_addr code,
                                       size_t code_size, size_t *size);

/* relocs.c */
const struct lzr_reloc_row *lzr_aarch64_find_reloc(uint32_t type);
bool lzr_aarch64_is_got_call(const uint8_t *bytes, size_t size, size_t offset,
                             uint32_t type);
bool lzr_aarch64_next_address(const uint8_t *bytes, size_t size, size_t *offset,
                              uint64_t *place);
bool lzr_aarch64_is_jump(const uint8_t *bytes, size_t size, size_t offset,
                         uint32_t type);
lzr_error *lzr_aarch64_write_field(struct lzr_place place, size_t available,
                                   const struct lzr_reloc_row *row,
                                   uint64_t value);

#endif
