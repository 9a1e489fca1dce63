/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Looks up names in the target process and in libraries loaded into it, through
 * the dynamic linker. Thread-safe.
 */
#ifndef LZR_TARGET_SYMBOLS_H
#define LZR_TARGET_SYMBOLS_H

#include "tpc/tpc.h"

/* The libraries that one client has opened. Only their handles are accepted,
   because the dynamic linker crashes on an unknown handle. */
struct lzr_libraries {
  void **handles; /* owned; the target's lock guards it and count */
  size_t count;
};

void lzr_libraries_fini(struct lzr_libraries *libraries);

/* As lzr_tpc_open_library and lzr_tpc_lookup. */
lzr_error *lzr_libraries_open(struct lzr_libraries *libraries, const char *path,
                              lzr_library_handle *handle);
lzr_error *lzr_libraries_lookup(struct lzr_libraries *libraries,
                                lzr_library_handle handle,
                                struct lzr_name *names, size_t count);

#endif
