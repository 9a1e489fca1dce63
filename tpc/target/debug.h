/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Shows compiled code to a debugger, through GDB's JIT interface (GDB manual,
 * "JIT Compilation Interface"), which lldb also supports.
 */
#ifndef LZR_TARGET_DEBUG_H
#define LZR_TARGET_DEBUG_H

#include <stdint.h>

#include "tpc/base/error.h"

/* object is an ELF file of size bytes, borrowed until it is deregistered.
   Thread-safe. */
lzr_error *lzr_debug_register(const void *object, uint64_t size, void **state);
void lzr_debug_deregister(void *state);

/* Calls visit for each object that has been registered here. Under the target's
   lock. */
void lzr_debug_visit(void (*visit)(void *data, const uint8_t *object,
                                   uint64_t size),
                     void *data);

/* Changes with each object that is registered or deregistered. Under the
   target's lock. */
uint64_t lzr_debug_changes(void);

#endif
