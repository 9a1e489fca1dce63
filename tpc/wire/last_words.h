/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Sends the one message that a process sends when it is about to die of a
 * signal. Made for a signal handler: it allocates no memory and waits for no
 * lock longer than a given time.
 */
#ifndef LZR_WIRE_LAST_WORDS_H
#define LZR_WIRE_LAST_WORDS_H

#include "tpc/wire/connection.h"

/* Calls tag in the peer, after everything that is still to be sent, and awaits
   no answer. Returns false if that was not possible within timeout
   milliseconds. Nothing can be sent afterwards: a thread that tries, waits. */
bool lzr_connection_last_words(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size, int timeout);

#endif
