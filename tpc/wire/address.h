/*
 * Where a connection is: the one grammar of both sides' command lines, and the
 * descriptors behind it.
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
 * Over TCP both sides prove that they know a secret before anything else is
 * looked at (secret.h), unless the user said that nobody needs to.
 */
#ifndef LZR_WIRE_ADDRESS_H
#define LZR_WIRE_ADDRESS_H

#include <stdbool.h>

#include "tpc/error.h"

enum lzr_address_kind {
  LZR_ADDRESS_DESCRIPTORS,
  LZR_ADDRESS_STDIO,
  LZR_ADDRESS_UNIX,
  LZR_ADDRESS_TCP
};

/* In milliseconds: how long lzr_address_open() waits for somebody to connect,
   and for an answer of each of the addresses that HOST stands for. */
enum {
  LZR_ADDRESS_LISTEN_TIMEOUT = 60000,
  LZR_ADDRESS_CONNECT_TIMEOUT = 10000
};

struct lzr_address {
  enum lzr_address_kind kind;
  bool listens; /* UNIX and TCP */
  int in, out;  /* DESCRIPTORS */
  char *path;   /* UNIX, owned */
  char *host;   /* TCP, owned; "" stands for loopback */
  char *port;   /* TCP, owned */
  char *text;   /* as given, for messages; owned */
};

/* ARGUMENT, with the sentence that quotes text and says what is wrong with it,
   for what is none of the above. */
lzr_error *lzr_address_parse(const char *text, struct lzr_address *address);
void lzr_address_fini(struct lzr_address *address);

/* Whether every address HOST stands for is on this machine's loopback. True for
   all other kinds. */
bool lzr_address_is_local(const struct lzr_address *address);

/* The descriptors of a connected peer, close-on-exec, in and out may be equal;
   owned. Those of stdio are copies: what was there stays open, for the caller
   to put something else in its place. Blocks for timeout milliseconds at most,
   of which 0 counts as the above; fails with kind TARGET, or ARGUMENT for a
   descriptor that is not open. A Unix socket that listens is
   made with mode 0600 and its file is removed once the peer is there; a TCP one
   has no delay algorithm. listening, if not NULL, is called once a listener can
   be connected to, with the address to use (the port chosen by the system). */
lzr_error *lzr_address_open(const struct lzr_address *address, int timeout,
                            void (*listening)(void *data, const char *text),
                            void *data, int *in, int *out);

#endif
