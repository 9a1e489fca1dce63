/*
 * The window: the one contiguous piece of address space in which all of a
 * target's compiled code, constants and data lie, so that 32-bit displacements
 * between them never overflow.
 *
 *     | code r-x | constants r-- | data rw- |        ... | alias rw- |
 *       ^ one memory file, shared ^  ^ anonymous, private     ^ the same file
 *
 * Code and constants are pages of a memory file (memfd) that is mapped twice:
 * in the window, where they are run and read, and at the alias, through which
 * they are written. So no page is ever writable and executable, a write costs
 * no system call, and code of one unit may share a page with code being
 * written for the next. Each part is mapped once for its full length, and the
 * pages appear as they are touched: the number of mappings never grows.
 *
 * The file has its full length at once and its descriptor is closed: a program
 * that closes all descriptors, as daemons do, would otherwise take it along, or
 * worse, leave its number to another file. What is not yet used is kept out of
 * core dumps, which would otherwise touch all of it.
 *
 * After a fork both processes map the same file. Before one of them rewrites
 * what the other may be running, it moves to a file of its own
 * (lzr_window_privatise); the caller knows when that is. The alias must come
 * along into a child (no MADV_DONTFORK): a child that finds it missing could
 * not tell a lost mapping from one that something else has taken since.
 *
 * Not thread-safe; the caller holds the target's lock.
 */
#ifndef LZR_TARGET_WINDOW_H
#define LZR_TARGET_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/tpc.h"

struct lzr_window {
  uint8_t *start[LZR_PROT_COUNT];
  uint64_t size[LZR_PROT_COUNT];   /* bytes */
  uint8_t *alias;                  /* of code, then constants */
  uint64_t dumped[LZR_PROT_COUNT]; /* bytes of code and constants that a core
                                      dump includes */
};

/* Takes as much address space as is let: 1.75 GiB and the alias (on AArch64,
   whose calls reach 128 MiB, less), or half of that, or a quarter, ... */
lzr_error *lzr_window_open(struct lzr_window *window);
void lzr_window_close(struct lzr_window *window);

/* Where to write what is at address, which lies in the window. */
void *lzr_window_writable(const struct lzr_window *window, lzr_addr address);

/* Whether [address, address + size) touches code or constants, or their alias;
   any values are fine. */
bool lzr_window_is_sealed(const struct lzr_window *window, lzr_addr address,
                          uint64_t size);

/* The first used bytes of a part are in use from now on. */
void lzr_window_grow(struct lzr_window *window, lzr_prot prot, uint64_t used);

/* Puts a copy of the file in its place: contents and addresses stay, and code
   that runs meanwhile notices nothing. used[] is as for lzr_window_grow. When
   it fails, the parts may be of two files, so nothing may be written before
   another call has succeeded. */
lzr_error *lzr_window_privatise(struct lzr_window *window,
                                const uint64_t used[LZR_PROT_COUNT]);

#endif
