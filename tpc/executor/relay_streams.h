/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The program's standard input, output and error, when the executor's own are
 * the connection.
 */
#ifndef LZR_EXECUTOR_RELAY_STREAMS_H
#define LZR_EXECUTOR_RELAY_STREAMS_H

#include "tpc/executor/relay_state.h"

/* Makes the pipes. Returns false and errno on failure. */
bool lzr_relay_open_streams(struct lzr_relay *relay);
/* In the child: makes the pipes its standard streams. */
bool lzr_relay_take_streams(struct lzr_relay *relay);
/* In the parent. */
bool lzr_relay_start_streams(struct lzr_relay *relay);
/* Handles a Result of one of the relay's own calls; payload is borrowed. Fails
   if nobody waits for it. */
lzr_error *lzr_relay_take_answer(struct lzr_relay *relay, uint64_t sequence,
                                 const uint8_t *payload, size_t size);
/* The controller is gone: lets go every thread that waits for it. */
void lzr_relay_drop_streams(struct lzr_relay *relay);
/* The child has ended: passes on what it has left in the pipes. */
void lzr_relay_drain_streams(struct lzr_relay *relay);

#endif
