/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How a target ended, as far as the executor and the child tell. Thread-safe.
 */
#ifndef LZR_REMOTE_ENDING_H
#define LZR_REMOTE_ENDING_H

#include "tpc/remote/remote.h"

/* An operation that is the same for both kinds. */
const struct lzr_ending *lzr_remote_ending(lzr_tpc *tpc);

void lzr_news_init(struct lzr_news *news);
void lzr_news_fini(struct lzr_news *news);
/* In a copy of this process, where no other thread is left: forgets all. */
void lzr_news_renew(struct lzr_news *news);

void lzr_remote_serve_crash(struct lzr_remote *remote, struct lzr_call *call);
void lzr_remote_serve_ending(struct lzr_remote *remote, struct lzr_call *call);
void lzr_remote_ended(void *data, const lzr_error *reason);

/* Waits until the connection has ended, for at most timeout milliseconds. */
bool lzr_remote_wait(struct lzr_remote *remote, int timeout);

/* Call it after the executor was told to exit. Waits until the connection has
   ended, ends it if necessary, and finds out how the executor ended. */
void lzr_remote_finish(struct lzr_remote *remote);

/* Ends a connection whose executor violates the protocol, or has failed to do
   what was posted. Takes error, NULL for none. */
void lzr_remote_reject(struct lzr_remote *remote, lzr_error *error);

#endif
