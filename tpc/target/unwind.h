/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Unwind information for compiled code: with it, exceptions, backtraces and
 * pthread_cancel can pass through that code. libgcc's registry holds it.
 */
#ifndef LZR_TARGET_UNWIND_H
#define LZR_TARGET_UNWIND_H

#include <stdint.h>

#include "tpc/tpc.h"

/*
 * Checks an .eh_frame section, at its final address, as far as the registry
 * reads it without checks: record lengths, the link from each FDE to its CIE,
 * augmentations, pointer encodings, a zero word at the end, and that each FDE
 * is about code within [code, code + code_size). The registry itself aborts the
 * process on some of these. The rules are those of the Linux Standard Base's
 * "Exception Frames" chapter.
 */
lzr_error *lzr_unwind_check(const uint8_t *section, uint64_t size,
                            lzr_addr code, uint64_t code_size);

/* Thread-safe; section is borrowed until it is deregistered. Fails without
   memory. */
lzr_error *lzr_unwind_register(const void *section);
void lzr_unwind_deregister(const void *section);

#endif
