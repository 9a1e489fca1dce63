/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * lazyrun's executor.
 */
#ifndef LZR_REMOTE_LAZYRUN_H
#define LZR_REMOTE_LAZYRUN_H

#include "tpc/remote/remote.h"

/* Fills in ops and peer. */
lzr_error *lzr_remote_become_lazyrun(struct lzr_remote *remote);

/* Posts a call that does nothing, for heartbeat.h. */
lzr_error *lzr_remote_ask_lazyrun(struct lzr_remote *remote);

#endif
