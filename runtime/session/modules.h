/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Opening modules of every kind: the only place that knows them all.
 */
#ifndef LZR_SESSION_MODULES_H
#define LZR_SESSION_MODULES_H

#include "runtime/session/session.h"

/* Recognizes bytes and opens them as a module, which keeps them: a large file
   is not copied. Takes bytes (malloc), also when it fails. *module is owned.
   Fails with FORMAT for what is no module, by a sentence that says what it is.
   Any thread. */
lzr_error *lzr_session_open_module(lzr_session *session, const char *name,
                                   uint8_t *bytes, size_t size,
                                   lzr_module **module);

/* Does the same and adds the module to the library. */
lzr_error *lzr_session_add_module(lzr_library *library, const char *name,
                                  uint8_t *bytes, size_t size);

/* Counts the time since start, and records it as that in which module was
   opened; NULL if that failed. */
void lzr_session_note_open(lzr_session *session, uint64_t start,
                           const lzr_module *module);

#endif
