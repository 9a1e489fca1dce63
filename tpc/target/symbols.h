/*
 * Names of the target process and of libraries loaded into it, by way of the
 * dynamic linker. Thread-safe.
 */
#ifndef LZR_TARGET_SYMBOLS_H
#define LZR_TARGET_SYMBOLS_H

#include "tpc/tpc.h"

/* The libraries opened for one client: only their handles are accepted, because
   the dynamic linker crashes on a foreign one. */
struct lzr_libraries {
  void **handles; /* owned; under the target's lock, as count */
  size_t count;
};

void lzr_libraries_fini(struct lzr_libraries *libraries);

/* As lzr_tpc_open_library and lzr_tpc_lookup. */
lzr_error *lzr_libraries_open(struct lzr_libraries *libraries, const char *path,
                              lzr_library_handle *handle);
lzr_error *lzr_libraries_lookup(struct lzr_libraries *libraries,
                                lzr_library_handle handle,
                                struct lzr_name *names, size_t count);

/* One sentence about all required names without an address, as many as fit. */
lzr_error *lzr_names_check(const struct lzr_name *names, size_t count);

#endif
