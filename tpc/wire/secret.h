/*
 * Who may connect over TCP: both sides prove that they know the same secret,
 * before any message, without sending it (HMAC-SHA-256, RFC 2104, of the two
 * sides' random challenges, each side's proof under another label, so that none
 * can be played back). What follows is neither encrypted nor authenticated: on
 * a network that others can write to, use a command such as ssh instead.
 */
#ifndef LZR_WIRE_SECRET_H
#define LZR_WIRE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "tpc/error.h"

/* In milliseconds: how long the peer may take. */
enum { LZR_SECRET_TIMEOUT = 5000 };
enum { LZR_SECRET_MIN = 16, LZR_SECRET_MAX = 4096 }; /* bytes */

/* Reads the secret from a file (a line end at its end is not part of it), which
   only its owner may be able to read. *secret is owned. */
lzr_error *lzr_secret_read(const char *path, char **secret, size_t *size);

/* The exchange over a socket; is_listener says which of the two sides this is.
   Blocks. Fails
   with kind TARGET when the peer does not know the secret or is silent; nothing
   else of the connection has been read then. */
lzr_error *lzr_secret_exchange(int in, int out, const char *secret, size_t size,
                               bool is_listener);

#endif
