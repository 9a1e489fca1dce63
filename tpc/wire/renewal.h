/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A connection across fork(): a child has its parent's struct, but must not use
 * its parent's stream, and has none of its threads. It can go on with a stream
 * of its own, to a child of the peer that has forked likewise. Both sides then
 * continue from the same state: calls have the numbers that they had.
 */
#ifndef LZR_WIRE_RENEWAL_H
#define LZR_WIRE_RENEWAL_H

#include "tpc/wire/connection.h"

/* Before fork(): takes the connection's locks, so that the child finds it
   whole. Signals are blocked from here until one of the next two functions has
   returned, and the thread makes no calls. */
void lzr_connection_hold(lzr_connection *connection);

/* In the parent. */
void lzr_connection_let_go(lzr_connection *connection);

/* In the child: closes its copies of the old stream, and takes in and out,
   which may be equal, and which are sockets. All calls that waited fail, those
   of this thread too (if a signal handler has forked); posts are forgotten.
   Nothing is read before lzr_connection_resume(). Uses no memory. */
void lzr_connection_renew(lzr_connection *connection, int in, int out);

/* Starts to read, after a renewal. */
lzr_error *lzr_connection_resume(lzr_connection *connection);

/* Between these two: the peer will answer the call of that number, which was
   made by lzr_connection_ask() before the fork. */
lzr_error *lzr_connection_expect(lzr_connection *connection, uint64_t sequence,
                                 lzr_answered answered, void *data);

#endif
