/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Archives that a library searches: a member is added to the library when one
 * of its names is needed.
 */
#ifndef LZR_SESSION_ARCHIVE_H
#define LZR_SESSION_ARCHIVE_H

#include "runtime/session/session.h"

/* Takes bytes (malloc), also when it fails. The library owns the search. */
lzr_error *lzr_session_search_archive(lzr_library *library, const char *name,
                                      uint8_t *bytes, size_t size);

#endif
