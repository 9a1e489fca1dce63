/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The window: the one contiguous piece of address space in which all of a
 * target's compiled code, constants and data lie. 32-bit displacements between
 * code, constants and data never overflow.
 *
 *     far rw- | large rw-    anonymous, private
 *     code r-x               a memory file, private
 *     constants r--          the same file, shared
 *     data rw-               anonymous, private
 *     ...
 *     alias rw-              the same file, shared
 *
 * Large data is used from the code downwards: as long as there is less than 2
 * GiB of it and of the code in use, code reaches all of it, as in a linked
 * program. Far data, which code reaches by whole addresses only, may be many
 * GiB. Where address space is limited, there is neither.
 *
 * Code and constants are pages of a memory file (memfd) that is mapped twice:
 * in the window, where they are run and read, and at the alias, through which
 * they are written. So no page is ever writable and executable, a write costs
 * no system call, and code of one unit may share a page with code being
 * written for the next. The alias lies at a random distance from the window, so
 * a program that is made to write beyond its data does not know where its code
 * can be written. (Who can read lazyrun's own memory can find out.)
 *
 * Code is a private mapping of the file, because debuggers cannot write
 * breakpoints into a shared one; who writes code tells view.h. Everything else
 * of the file is shared.
 *
 * Each part is mapped once for its full length, and the pages appear as they
 * are touched: the number of mappings never grows. What is not yet used cannot
 * be accessed, so that mlockall() does not make it resident; constants and data
 * are opened by doubling, the others in small steps: code that nobody has
 * written yet is traps as far as it can be run.
 *
 * Where the process may have no file of that size (RLIMIT_FSIZE), shared memory
 * takes its place, and debuggers' breakpoints in code must be those of the
 * processor.
 *
 * The file has its full length at once and its descriptor is closed: a program
 * that closes all descriptors, as daemons do, would otherwise take it along, or
 * worse, the number would belong to another file. The unused rest is kept out
 * of core dumps, which would otherwise touch all of it.
 *
 * After a fork both processes map the same file. Before one of them rewrites
 * what the other may be running, it moves to a file of its own
 * (lzr_window_privatise); the caller knows when that is needed. The alias must
 * come along into a child (no MADV_DONTFORK): a child that finds it missing
 * could not tell a lost mapping from one that something else has taken since.
 *
 * The window is a part of the program's shared object (program_object.h), so
 * the dynamic linker knows whose the addresses are, and which data is in use.
 *
 * Not thread-safe; the caller holds the target's lock.
 */
#ifndef LZR_TARGET_WINDOW_H
#define LZR_TARGET_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/tpc.h"

struct lzr_program_object;

struct lzr_window {
  struct lzr_program_object *object; /* owned; it has the address space; NULL
                                        where the system lets none be loaded */
  uint8_t *start[LZR_PROT_COUNT];
  uint64_t size[LZR_PROT_COUNT];   /* bytes */
  uint8_t *alias;                  /* of code, then constants */
  uint64_t opened[LZR_PROT_COUNT]; /* bytes of each part that can be accessed,
                                      and that a core dump includes; of large
                                      data the last ones */
  bool runs;                       /* code may be running */
  bool in_memory;   /* no file: see lzr_window_become_anonymous */
  uint64_t trapped; /* bytes of code that have been traps before anything else;
                       all that is opened, except where code cannot be opened
                       piece by piece */
};

/* Reserves as much address space as the system gives: for large and far data; 2
   GiB less one MiB (on AArch64, whose calls reach 128 MiB, less), and the
   alias; or with less far data, or only the latter two, or half of them, ... */
lzr_error *lzr_window_open(struct lzr_window *window);
void lzr_window_close(struct lzr_window *window);

/* Returns where to write the bytes for address, which lies in the window. */
void *lzr_window_writable(const struct lzr_window *window, lzr_addr address);

/* Whether [address, address + size) touches code or constants, or their alias;
   any values are fine. */
bool lzr_window_is_sealed(const struct lzr_window *window, lzr_addr address,
                          uint64_t size);

/* The first used bytes of a part, of large data the last ones, are in use from
   now on. False, and errno, if
   they cannot be. */
bool lzr_window_grow(struct lzr_window *window, lzr_prot prot, uint64_t used);

/* Replaces the file by a copy: contents and addresses stay, and code that runs
   meanwhile notices nothing. used[] is as for lzr_window_grow. After a failure
   the parts may belong to two files, so nothing may be written until another
   call has succeeded. */
lzr_error *lzr_window_privatise(struct lzr_window *window,
                                const uint64_t used[LZR_PROT_COUNT]);

/* The same, but from now on shared memory takes the file's place for good, as
   where there may be no such file: perf asks its map of names about anonymous
   memory only. No code may run meanwhile. */
lzr_error *lzr_window_become_anonymous(struct lzr_window *window,
                                       const uint64_t used[LZR_PROT_COUNT]);

#endif
