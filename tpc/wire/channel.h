/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A channel: a socket by which an executor passes descriptors to its controller
 * on the same machine. They cannot travel by the connection, which is two
 * pipes.
 */
#ifndef LZR_WIRE_CHANNEL_H
#define LZR_WIRE_CHANNEL_H

#include <stddef.h>

#include "tpc/base/error.h"

enum { LZR_CHANNEL_MOST = 4 /* descriptors at once */ };

/* A channel's two ends, close-on-exec; both owned. */
lzr_error *lzr_channel_open(int ends[2]);

/* Sends count descriptors, which stay the caller's, as one message. Does not
   wait. May be called in a signal handler. */
lzr_error *lzr_channel_send(int channel, const int *descriptors, size_t count);

/* Receives a message with exactly count descriptors, which become owned by the
   caller and are close-on-exec. Does not wait: it must have been sent
   already. */
lzr_error *lzr_channel_receive(int channel, int *descriptors, size_t count);

#endif
