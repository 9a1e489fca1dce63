/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Functions of the controller that the executor may call. Thread-safe.
 */
#ifndef LZR_REMOTE_CALLEES_H
#define LZR_REMOTE_CALLEES_H

#include "tpc/remote/remote.h"

/* Callbacks of the connection; data is the lzr_remote. */
bool lzr_remote_is_quick(void *data, uint64_t tag);
void lzr_remote_serve(void *data, struct lzr_call *call);

/* Adds a handler or a function. *tag becomes a number that the executor has not
   seen; from now on a call of that tag calls the handler or function. */
lzr_error *lzr_remote_add_handler(struct lzr_remote *remote,
                                  lzr_handler handler, void *data,
                                  uint64_t *tag);
lzr_error *lzr_remote_add_function(struct lzr_remote *remote,
                                   const struct lzr_signature *signature,
                                   lzr_host_function function, void *data,
                                   uint64_t *tag);
void lzr_remote_free_callees(struct lzr_remote *remote);

#endif
