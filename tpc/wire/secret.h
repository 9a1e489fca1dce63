/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Who may connect over TCP: before any message, both sides prove that they know
 * the same secret, without sending it. A proof is an HMAC-SHA-256 (RFC 2104)
 * over both sides' random challenges. Each side's proof has a label of its own,
 * so that no proof can be played back, and no side can pass for another role.
 * The messages that follow are neither encrypted nor authenticated: on a
 * network that others can write to, use a command such as ssh instead.
 */
#ifndef LZR_WIRE_SECRET_H
#define LZR_WIRE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "tpc/base/error.h"

/* How long the peer may take, in milliseconds. */
enum { LZR_SECRET_TIMEOUT = 5000 };
enum { LZR_SECRET_MIN = 16, LZR_SECRET_MAX = 4096 }; /* bytes */

/* Reads the secret from a file that only its owner may read; a line end at the
   end of the file is not part of the secret. *secret is owned. */
lzr_error *lzr_secret_read(const char *path, char **secret, size_t *size);

/* Which of the four roles this process has; 0 is a controller that connects. */
enum { LZR_SIDE_LISTENS = 1, LZR_SIDE_EXECUTOR = 2 };

/* Returns NULL if a secret may have so many bytes, else what is wrong. */
lzr_error *lzr_secret_check(size_t size);

/* Runs the exchange over a socket. Blocks. Fails with kind TARGET when the peer
   does not know the secret, has a role that does not fit this side's, or is
   silent; nothing beyond the exchange has been read then. Thread-safe. */
lzr_error *lzr_secret_exchange(int in, int out, const char *secret, size_t size,
                               unsigned side);

#endif
