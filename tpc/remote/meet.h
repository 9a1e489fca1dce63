/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the first message of an executor: the Setup of LLVM's SimpleRemoteEPC
 * (tpc/PROTOCOL.md), checked to the last byte. Nothing in it is trusted; the
 * code for each architecture checks the fields whose meaning depends on the
 * architecture.
 *
 * Not thread-safe while a setup is being made; constant afterwards.
 */
#ifndef LZR_REMOTE_MEET_H
#define LZR_REMOTE_MEET_H

#include "tpc/tpc.h"

/* A bootstrap symbol. */
struct lzr_setup_service {
  char *name; /* owned */
  lzr_addr address;
};

/* A part of the window in which lazyrun's executor keeps compiled code. */
struct lzr_part {
  lzr_addr start;
  uint64_t size; /* bytes */
};

struct lzr_setup {
  char *triple; /* owned, as are all of these; printable, below 256 bytes */
  char *cpu;
  char *features;
  struct lzr_target_facts facts;      /* its strings are those above; facts that
                                         LLVM's executors do not send are 0 */
  struct lzr_setup_service *services; /* sorted by name */
  size_t service_count;
  bool is_lazyrun; /* the executor is lazyrun's: only then is there a window */
  struct lzr_part window[LZR_PROT_COUNT];
};

/* Fails with kind FORMAT, or with UNSUPPORTED for a message that may be valid
   in another version. End *setup with lzr_setup_fini(), also after a
   failure. */
lzr_error *lzr_setup_read(const uint8_t *bytes, size_t size,
                          struct lzr_setup *setup);
void lzr_setup_fini(struct lzr_setup *setup);

/* The service's address; 0 if there is no such service. */
lzr_addr lzr_setup_find(const struct lzr_setup *setup, const char *name);

/* Finds the addresses of count services; the error lists all that are
   missing. */
lzr_error *lzr_setup_require(const struct lzr_setup *setup,
                             const char *const *names, size_t count,
                             lzr_addr *addresses);

#endif
