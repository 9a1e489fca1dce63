/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Addresses of connections: the one grammar that the command lines of both
 * sides use, and how to open the descriptors for an address.
 *
 *     filedescs=IN,OUT     two descriptors that are open already
 *     fd=N                 one, used both ways (socket:adopt=N is the same)
 *     stdio                standard input and output
 *     unix:listen=PATH     unix:connect=PATH
 *     tcp:listen=HOST:PORT tcp:connect=HOST:PORT
 *     listen=HOST:PORT     as llvm-jitlink 19 to 22 start their executor
 *
 * HOST is a name, an IPv4 address or an IPv6 one in brackets; PORT 0 lets the
 * system choose when listening. A listener serves one peer and is then closed.
 *
 * Over TCP each side must prove that it knows a secret before the other side
 * looks at any message (secret.h), unless the user has waived the secret.
 */
#ifndef LZR_WIRE_ADDRESS_H
#define LZR_WIRE_ADDRESS_H

#include <stdbool.h>

#include "tpc/base/error.h"

enum lzr_address_kind {
  LZR_ADDRESS_DESCRIPTORS,
  LZR_ADDRESS_STDIO,
  LZR_ADDRESS_UNIX,
  LZR_ADDRESS_TCP
};

/* In milliseconds: how long lzr_address_open() waits for a peer to connect, and
   how long for an answer from each of the addresses that HOST stands for. */
enum {
  LZR_ADDRESS_LISTEN_TIMEOUT = 60000,
  LZR_ADDRESS_CONNECT_TIMEOUT = 10000
};

struct lzr_admission;

struct lzr_address {
  enum lzr_address_kind kind;
  bool listens; /* UNIX and TCP */
  int in, out;  /* DESCRIPTORS */
  char *path;   /* UNIX, owned */
  char *host;   /* TCP, owned; "" stands for loopback */
  char *port;   /* TCP, owned */
  char *text;   /* as given, for messages; owned */
};

/* Fails with kind ARGUMENT for text that has none of the forms above; the
   message quotes text and says what is wrong with it. */
lzr_error *lzr_address_parse(const char *text, struct lzr_address *address);
void lzr_address_fini(struct lzr_address *address);

/* Whether every address HOST stands for is on this machine's loopback. True for
   all other kinds. */
bool lzr_address_is_local(const struct lzr_address *address);

/* Opens the descriptors of a connected peer. They are owned and close-on-exec;
   in and out may be equal. Those of stdio are copies: the originals stay open,
   and the caller may put something else in their place. Blocks for at most
   timeout milliseconds, where 0 counts as the time above. Fails with kind
   TARGET, or ARGUMENT for a descriptor that is not open. A Unix socket that
   listens is made with mode 0600, and its file is removed once the peer is
   there. A TCP socket sends without Nagle's delay. listening, if not NULL, is
   called once a peer can connect, with the address to use (including the port
   that the system chose). */
lzr_error *lzr_address_open(const struct lzr_address *address, int timeout,
                            void (*listening)(void *data, const char *text),
                            void *data, int *in, int *out);

/* Like lzr_address_open(), but asks for a secret over TCP: a listener goes on
   until a peer has proved that it knows the secret, and the side that connects
   proves that it does. */
lzr_error *
lzr_address_open_secretly(const struct lzr_address *address, int timeout,
                          void (*listening)(void *data, const char *text),
                          void *data, const struct lzr_admission *admission,
                          int *in, int *out);

#endif
