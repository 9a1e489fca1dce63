/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls that the relay itself makes to the controller, in addition to those
 * that it passes on. The child never uses their numbers.
 */
#ifndef LZR_EXECUTOR_RELAY_CALLS_H
#define LZR_EXECUTOR_RELAY_CALLS_H

#include "tpc/executor/relay_state.h"

/* Calls tag in the controller. If the answer matters, the stream gets it. */
lzr_error *lzr_relay_call(struct lzr_relay *relay, uint64_t sequence,
                          uint64_t tag, const void *arguments, size_t size);
/* Whether a sequence number is one of the relay's. */
bool lzr_relay_is_own(uint64_t sequence);
/* The number of a stream's next call. */
uint64_t lzr_relay_next(struct lzr_relay_stream *stream);
/* The stream that made the call of that number, which is one of the relay's; or
   NULL. */
struct lzr_relay_stream *lzr_relay_stream_of(struct lzr_relay *relay,
                                             uint64_t sequence);
/* The number of the very last call, which no stream makes. */
#define LZR_RELAY_LAST (UINT64_MAX - 1)

#endif
