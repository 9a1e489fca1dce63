/*
 * What an executor says of itself in its first message: the Setup of LLVM's
 * SimpleRemoteEPC (tpc/PROTOCOL.md), checked to the last byte. Nothing in it is
 * trusted; what a field means for an architecture is for those to judge who
 * know architectures.
 *
 * Not thread-safe while it is being made, constant afterwards.
 */
#ifndef LZR_REMOTE_MEET_H
#define LZR_REMOTE_MEET_H

#include "tpc/tpc.h"

/* A bootstrap symbol. */
struct lzr_service {
  char *name; /* owned */
  lzr_addr address;
};

/* A part of the window in which lazyrun's executor holds compiled code. */
struct lzr_part {
  lzr_addr start;
  uint64_t size; /* bytes */
};

struct lzr_setup {
  char *triple; /* owned, as all of these; printable, below 256 bytes */
  char *cpu;
  char *features;
  struct lzr_target_facts facts; /* its strings are those above; what an
                                    executor of LLVM does not say is 0 */
  struct lzr_service *services;  /* sorted by name */
  size_t service_count;
  bool is_lazyrun; /* lazyrun's own: only then is there a window */
  struct lzr_part window[LZR_PROT_COUNT];
};

/* Fails with kind FORMAT, or UNSUPPORTED for what another version may have
   meant. *setup is ended by lzr_setup_fini(), also when it fails. */
lzr_error *lzr_setup_read(const uint8_t *bytes, size_t size,
                          struct lzr_setup *setup);
void lzr_setup_fini(struct lzr_setup *setup);

/* 0 if there is no such service. */
lzr_addr lzr_setup_find(const struct lzr_setup *setup, const char *name);

/* The addresses of count services; one sentence that names all that are
   missing. */
lzr_error *lzr_setup_require(const struct lzr_setup *setup,
                             const char *const *names, size_t count,
                             lzr_addr *addresses);

#endif
