/*
 * The one message that a process about to die of a signal sends. For a signal
 * handler: asks for no memory and no lock that could be waited for longer than
 * a given time.
 */
#ifndef LZR_WIRE_LAST_WORDS_H
#define LZR_WIRE_LAST_WORDS_H

#include "tpc/wire/connection.h"

/* Calls tag in the peer, after what is still to be sent, without waiting for an
   answer; false if that was not possible within timeout milliseconds. Nothing
   can be sent any more afterwards, and who tries, waits. */
bool lzr_connection_last_words(lzr_connection *connection, uint64_t tag,
                               const void *bytes, size_t size, int timeout);

#endif
